package model

import (
	"context"
	"io"
)

// PromotionType is the kind of a promotion.
type PromotionType string

// The kinds of promotions, as the reference stores them.
const (
	PromotionTypeStandard PromotionType = "standard"
	PromotionTypeBuyget   PromotionType = "buyget"
)

// MarshalGQLContext writes it in the dialect of ctx.
func (s PromotionType) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return writeEnum(ctx, w, s)
}

// UnmarshalGQLContext reads it, in capitals or not.
func (s *PromotionType) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, PromotionTypeStandard, PromotionTypeBuyget)
}

// PromotionMethodType is what the value of a promotion is.
type PromotionMethodType string

// What the value of a promotion may be, as the reference stores it.
const (
	PromotionMethodTypeFixed      PromotionMethodType = "fixed"
	PromotionMethodTypePercentage PromotionMethodType = "percentage"
)

// MarshalGQLContext writes it in the dialect of ctx.
func (s PromotionMethodType) MarshalGQLContext(ctx context.Context, w io.Writer) error {
	return writeEnum(ctx, w, s)
}

// UnmarshalGQLContext reads it, in capitals or not.
func (s *PromotionMethodType) UnmarshalGQLContext(_ context.Context, v any) error {
	return readEnum(s, v, PromotionMethodTypeFixed, PromotionMethodTypePercentage)
}
