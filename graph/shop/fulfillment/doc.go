// Package fulfillment defines fulfilment providers, and implements manual fulfilment and tables of shipping rates. A Provider validates
// what a shopper sends along with a shipping option, and calculates prices; it knows no database.
package fulfillment
