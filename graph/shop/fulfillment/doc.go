// Package fulfillment is those who bring goods to shoppers. A provider says what a shopper has to tell about a shipping
// option, and what a calculated option costs; it knows no database.
package fulfillment
