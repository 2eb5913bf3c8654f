// Package payment is those by whom shoppers pay. A provider begins a payment, authorises it, takes the money, and gives it
// back; it knows no database. What of a payment is written down, and when, is for package shop.
package payment
