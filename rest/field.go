package rest

import "slices"

// A field is a query parameter or a field of a body: what it may be, and what becomes of it. Its GraphQL name is its own in
// camelCase. The functions below begin one, the methods say more of it, and each word means the same in a query and a body.
type field struct {
	name string
	kind kind
	of   fields // of an object, or of each object of a list

	required bool
	null     bool
	notEmpty bool
	lenient  bool
	exact    bool
	whole    bool
	least    string // of a number, the least that it may be; empty for any
	above    bool   // of a number, it must be above the least
	most     string // of a number, the most that it may be; empty for any
	neverSet bool
	absent   []string // texts that are as if the field were left out

	use      use
	argument string // the GraphQL argument that it becomes, or the part of the filter, if that has another name
}

// fields are the parameters of a query, or the fields of a body or of an object in it.
type fields []field

// A kind is what the value of a field may be.
type kind uint8

const (
	kindText kind = iota
	kindEmail
	kindTexts
	kindFlag
	kindCount
	kindNumber
	kindUnits
	kindInstant
	kindRecord
	kindObject
	kindObjects
	kindObjectOrID
)

// A use is what becomes of the value of a field.
type use uint8

const (
	useInput    use = iota // a part of the list's filter, or of the mutation's input
	useArgument            // an argument of the GraphQL field
	usePricing             // a part of the pricing context
	useSelect              // it changes what is selected
	useNothing             // it is checked and left out
)

// text is one text.
func text(name string) field { return field{name: name} }

// email is a text that is an e-mail address.
func email(name string) field { return field{name: name, kind: kindEmail} }

// texts is a list of texts. In a query it may also be one text; a filter finds what has any of them.
func texts(name string) field { return field{name: name, kind: kindTexts} }

// flag is true or false. In a query it is the text of either, in upper or lower case.
func flag(name string) field { return field{name: name, kind: kindFlag} }

// count is a whole number of at least 0 in a query.
func count(name string) field { return field{name: name, kind: kindCount} }

// number is a number in a body.
func number(name string) field { return field{name: name, kind: kindNumber} }

// units is a number of units of at least 0 in a body, which is rounded to a whole one.
func units(name string) field { return field{name: name, kind: kindUnits, least: "0"} }

// instant is a time in a query: a text, a list of texts, or an object of comparisons such as $gte. An empty text is none.
func instant(name string) field { return field{name: name, kind: kindInstant, absent: []string{""}} }

// record is an object of free form in a body.
func record(name string) field { return field{name: name, kind: kindRecord} }

// object is an object of further fields.
func object(name string, of ...field) field { return field{name: name, kind: kindObject, of: of} }

// objects is a list of objects of further fields.
func objects(name string, of ...field) field { return field{name: name, kind: kindObjects, of: of} }

// objectOrID is an object of further fields in a body, or the id of one that exists.
func objectOrID(name string, of ...field) field {
	return field{name: name, kind: kindObjectOrID, of: of}
}

// Required refuses a request without the field.
func (f field) Required() field { f.required = true; return f }

// Null lets the value be null. In a query the text "null" is that: a filter then finds what has no value.
func (f field) Null() field { f.null = true; return f }

// Absent says which texts are as if the field were left out: storefronts write what they do not know as an empty text, and
// the reference reads the text "null" as no value.
func (f field) Absent(texts ...string) field { f.absent = texts; return f }

// NotEmpty refuses an empty text.
func (f field) NotEmpty() field { f.notEmpty = true; return f }

// Lenient leaves unknown fields of the object, or of the list's objects, out instead of refusing them.
func (f field) Lenient() field { f.lenient = true; return f }

// Exact takes a flag in a query in lower case only.
func (f field) Exact() field { f.exact = true; return f }

// Whole refuses a number with a fraction.
func (f field) Whole() field { f.whole = true; return f }

// AtLeast refuses a number below least.
func (f field) AtLeast(least string) field { f.least = least; return f }

// AtMost refuses a number above most.
func (f field) AtMost(most string) field { f.most = most; return f }

// AboveZero refuses a number that is not above 0.
func (f field) AboveZero() field { f.least, f.above = "0", true; return f }

// NeverSet says that nothing which is shown has such a value, so that a filter on it finds nothing.
func (f field) NeverSet() field { f.neverSet = true; return f }

// Argument makes the value the argument of the GraphQL field that has its name.
func (f field) Argument() field { return f.ArgumentNamed(camel(f.name)) }

// ArgumentNamed makes the value an argument of the GraphQL field.
func (f field) ArgumentNamed(name string) field { f.use, f.argument = useArgument, name; return f }

// Pricing makes the value an argument of the context in which prices are decided.
func (f field) Pricing(argument string) field { f.use, f.argument = usePricing, argument; return f }

// SelectingBy makes the parameter an argument of the GraphQL field that changes what is selected, too.
func (f field) SelectingBy(argument string) field {
	f.use, f.argument = useSelect, argument
	return f
}

// Filtering makes the value the part of the list's filter that has this name instead of its own.
func (f field) Filtering(name string) field { f.argument = name; return f }

// Dropped leaves the value out once it is checked.
func (f field) Dropped() field { f.use = useNothing; return f }

// grouped adds $and and $or, whose objects take the same parameters.
func grouped(of ...field) fields { return slices.Concat(of, alternatives(of)) }

// alternatives are $and and $or, whose objects take the parameters of.
func alternatives(of fields) fields {
	return fields{objects("$and", of...).Lenient(), objects("$or", of...).Lenient()}
}

// dropping returns the fields with one of them left out of what they become: what a path names is not named again.
func (fs fields) dropping(name string) fields {
	out := slices.Clone(fs)
	for i := range out {
		if out[i].name == name {
			out[i] = out[i].Dropped()
		}
	}
	return out
}

// anyRequired reports whether a request must have one of the fields.
func (fs fields) anyRequired() bool {
	return slices.ContainsFunc(fs, func(f field) bool { return f.required })
}

// unknown returns the names that none of the fields has.
func (fs fields) unknown(names []string) []string {
	var out []string
	for _, name := range names {
		if !slices.ContainsFunc(fs, func(f field) bool { return f.name == name }) {
			out = append(out, name)
		}
	}
	return out
}
