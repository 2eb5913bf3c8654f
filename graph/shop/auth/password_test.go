package auth_test

import (
	"testing"

	"github.com/storegraph/storegraph/graph/shop/auth"
)

// recorded is a hash that the reference's provider made.
const recorded = "c2NyeXB0AA8AAAAIAAAAATsDRYf8Av71ltv8iZYR5HqoPP4rwAeVTjxzWTsWyb7yGzydyUiHB1heoQHiBy/LetqXu2UXey+/LAre3KzrEOR6Q2WRqWDbiD7tgQ2P6blc"

func TestHasher(t *testing.T) {
	t.Parallel()
	h := auth.NewHasher(2)
	own, err := h.Hash(t.Context(), "Grüße 1")
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.Hash(t.Context(), "Grüße 1")
	if err != nil || again == own {
		t.Errorf("the same password has the same hash twice (%v)", err)
	}
	for name, tc := range map[string]struct {
		hash, password string
		want           bool
	}{
		"the reference's":           {recorded, "carla-Secret-123", true},
		"the reference's, wrong":    {recorded, "carla-Secret-123 ", false},
		"own":                       {own, "Grüße 1", true},
		"own, wrong":                {own, "grüße 1", false},
		"none":                      {"", "carla-Secret-123", false},
		"no base64":                 {"%", "carla-Secret-123", false},
		"too short":                 {recorded[:100], "carla-Secret-123", false},
		"checksum of another":       {"c2NyeXB0AA8AAAAJ" + recorded[16:], "carla-Secret-123", false},
		"a cost to fill the memory": {"c2NyeXB0AB4AAAAI" + recorded[16:], "carla-Secret-123", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := h.Verify(t.Context(), tc.hash, tc.password)
			if err != nil || got != tc.want {
				t.Errorf("Verify = %v, %v, want %v", got, err, tc.want)
			}
		})
	}
}
