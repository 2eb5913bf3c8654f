package graph

// Kept returns what answers may show that are kept, and why other elements may not.
func Kept() (of map[string]map[string]bool, not map[string]string) { return keepable.of, keepable.not }
