package db_test

import (
	"reflect"
	"testing"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/db/dbtest"
)

// TestFindExtensions finds nothing in a shop as such, and then what was added to it.
func TestFindExtensions(t *testing.T) {
	t.Parallel()
	d := dbtest.Shop(t)
	e, err := db.FindExtensions(t.Context(), d)
	if err != nil || len(e.Links)+len(e.Tables)+len(e.Columns) > 0 {
		t.Fatalf("in a shop as such = %+v, %v", e, err)
	}
	for _, want := range []db.Registered{{Kind: "payment", ID: "pp_system_default"}, {Kind: "tax", ID: "tp_system"}, {Kind: "auth", ID: "emailpass"}} {
		found := false
		for _, got := range e.Providers {
			found = found || got == want
		}
		if !found {
			t.Errorf("providers %v, want %v among them", e.Providers, want)
		}
	}
	before := e.Providers
	if _, err := d.Exec(t.Context(), `
		CREATE TABLE brand (id text PRIMARY KEY);
		CREATE TABLE product_product_brand_brand (product_id text, brand_id text);
		INSERT INTO link_module_migrations (table_name, link_descriptor) VALUES ('product_product_brand_brand', '{"fromModel": "product", "toModel": "brand"}');
		ALTER TABLE product ADD COLUMN erp_id text;
		INSERT INTO payment_provider (id) VALUES ('pp_paypal_paypal');
		INSERT INTO tax_provider (id, is_enabled) VALUES ('tp_off', false)`); err != nil {
		t.Fatal(err)
	}
	e, err = db.FindExtensions(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	if len(e.Providers) != len(before)+1 {
		t.Errorf("providers %v, want pp_paypal_paypal more than %v", e.Providers, before)
	}
	e.Providers = nil
	want := db.Extensions{
		Links: []db.ModuleLink{{Table: "product_product_brand_brand", From: "product", To: "brand"}}, Tables: []string{"brand"}, Columns: []string{"product.erp_id"},
	}
	if !reflect.DeepEqual(e, want) {
		t.Errorf("extensions %+v, want %+v", e, want)
	}
}
