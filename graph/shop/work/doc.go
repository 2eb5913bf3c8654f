// Package work runs leased work: tasks that wait in a database table until one of any number of servers does them, each at least
// once.
//
// A Worker claims tasks from a Queue. A claim is a lease: until it ends, no other worker gets the task, and a worker that dies
// leaves its tasks to the others then. A lease is longer than an attempt may take, and fenced: a worker whose lease was taken by
// another changes nothing more. Each destination, such as a payment provider or the receiver of a webhook, has its own slots, so that
// one that is slow or dead holds up no other. What fails is tried again after a pause that grows, and given up in the end.
//
// The package knows neither what the tasks are nor where they wait.
package work
