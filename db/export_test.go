package db

// LoggedTables are the tables whose changes are logged.
func LoggedTables() []string {
	var out []string
	for _, l := range loggedTables {
		out = append(out, l.table)
	}
	return out
}

// Ahead returns a position that the database has yet to come to.
func (p Position) Ahead() Position {
	p.snapshot = "9000000000:9000000000:"
	return p
}

// PositionAt returns the position of a snapshot, in which this is the youngest change.
func PositionAt(snapshot, last string) Position { return Position{snapshot: snapshot, last: last} }

// Last returns the youngest transaction with a change of something else than stock.
func (p Position) Last() string { return p.last }

// SearchLock is the advisory lock of those who write documents.
const SearchLock = searchLock
