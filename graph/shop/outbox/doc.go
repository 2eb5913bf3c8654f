// Package outbox delivers what has happened in the shop, after the transaction in which it happened: to other servers as signed
// webhooks, and to shoppers as mails. Events wait in the table storegraph.outbox, from which any number of servers take them. Each
// comes to each destination at least once, in no promised order.
//
// A Dispatcher delivers to Destinations: a Webhook, which sends every event to an Endpoint, and a Mailer, which writes the mails that
// some events ask for from Templates and hands them to a Sender.
package outbox
