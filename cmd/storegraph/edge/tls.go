package edge

import (
	"io"
	"net"
)

// RefuseTLS returns a listener whose connections end at once if the client begins TLS, which is not spoken here: otherwise both sides
// would wait for the other. The client is told by an alert.
func RefuseTLS(l net.Listener) net.Listener { return plainListener{l} }

type plainListener struct{ net.Listener }

func (l plainListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &plainConn{Conn: c}, nil
}

// A plainConn looks at the first byte that it receives.
type plainConn struct {
	net.Conn

	begun bool // it is only read by one goroutine at a time
}

const handshake = 0x16 // the type of the record in which a client says hello

// notSpoken is a fatal alert: protocol_version.
var notSpoken = []byte{0x15, 3, 1, 0, 2, 2, 70}

func (c *plainConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 && !c.begun {
		c.begun = true
		if p[0] == handshake {
			_, _ = c.Write(notSpoken)
			return 0, io.EOF
		}
	}
	return n, err
}
