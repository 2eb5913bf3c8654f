package seed

// Texts returns the English texts of translation.txt.
func Texts() []string { return sorted(translations()) }
