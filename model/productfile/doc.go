// Package productfile reads and writes CSV files of products in the format of Medusa's admin, which exports and imports them: one row for
// each variant, with what belongs to its product in every row. It says what of a file is faulty, and by which line and column; and what has
// to change in a shop so that it agrees with a file. It knows neither database nor clock.
//
// Columns are found by their names, whatever their case and order. Those that Medusa's importer does not know hold what its format
// cannot express, see Full.
package productfile
