package shop

import (
	"context"
	"strconv"
	"strings"

	"storegraph/db"
	"storegraph/graph/auth"
	"storegraph/model"
)

// OrderByNumber returns the order with this number that was placed with this e-mail address, to whoever knows both. How
// often somebody may try is limited like attempts to log in.
func (s *Shop) OrderByNumber(ctx context.Context, number int, email string, want db.Want) (*model.Order, error) {
	v := auth.Viewer(ctx)
	if err := s.DB.CheckKey(ctx, v.Key); err != nil {
		return nil, err
	}
	if err := s.attempt(ctx, "order", strconv.Itoa(number)); err != nil {
		return nil, err
	}
	return s.DB.OrderByNumber(ctx, v, number, strings.TrimSpace(email), want)
}
