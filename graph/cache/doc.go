// Package cache keeps finished answers to GET requests in memory, and lets clients and proxies keep them: ETag, 304, Cache-Control and Vary
// (RFC 9110, RFC 9111). Each answer belongs to a version of what it shows; one of another version is never given.
//
// It knows HTTP and bytes. What an answer depends on, and whether it may be kept at all, its caller decides.
package cache
