package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// listen listens on an address, which a setting says. Its error says what to do about it.
func listen(ctx context.Context, setting, address string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: the address %s is in use by %s: stop that, or set %s to another port", setting, address, listener(address), setting)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s: this user may not listen on %s: set %s to a port from 1024 on, and have a proxy in front", setting, address, setting)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", setting, err)
	}
	return l, nil
}
