// Package compare compares two answers of the Store API, such as the reference's and this server's. What no two runs have alike is compared by
// its form: generated ids correspond one to one, times have the same layout, tokens the same claims; lists are compared in order where
// the reference determines it.
package compare
