package seed

import (
	"context"
	"reflect"

	"github.com/storegraph/storegraph/db"
	"github.com/storegraph/storegraph/model"
)

// A sheet collects rows, so that each table is written by one statement.
type sheet struct {
	tables []*table // in the order of their first rows, so that referenced rows are written first
	byName map[string]*table
}

// A table has rows that are to be written.
type table struct {
	name string
	rows any // a pointer to a slice
}

func newSheet() *sheet { return &sheet{byName: map[string]*table{}} }

// put adds a row to the table of this name. All rows of a table have the same type.
func put[T any](s *sheet, name string, row T) {
	t := s.byName[name]
	if t == nil {
		t = &table{name: name, rows: new([]T)}
		s.byName[name] = t
		s.tables = append(s.tables, t)
	}
	rows := t.rows.(*[]T)
	*rows = append(*rows, row)
}

func (s *sheet) insert(ctx context.Context, d db.DB) error {
	for _, t := range s.tables {
		if err := db.Insert(ctx, d, t.name, t.rows); err != nil {
			return err
		}
	}
	return nil
}

// copy does what insert does for more rows.
func (s *sheet) copy(ctx context.Context, tx db.DB) error {
	for _, t := range s.tables {
		if err := db.Copy(ctx, tx, t.name, t.rows); err != nil {
			return err
		}
	}
	return nil
}

// empty removes all rows, and keeps the room for others.
func (s *sheet) empty() {
	for _, t := range s.tables {
		rows := reflect.ValueOf(t.rows).Elem()
		rows.Clear() // so that nothing that they refer to stays
		rows.SetLen(0)
	}
}

// The rows of tables that package model has no type for, named as the tables. Columns that stay NULL are left out.

type stamps struct{ CreatedAt, UpdatedAt model.Time }

type storeRow struct {
	ID, Name                               string
	DefaultSalesChannelID, DefaultRegionID string
	DefaultLocationID                      string
	Metadata                               model.JSON
	stamps
}

type storeLocaleRow struct {
	ID, LocaleCode, StoreID string
	stamps
}

type localeRow struct {
	ID, Code, Name string
	stamps
}

type translationRow struct {
	ID, ReferenceID, Reference, LocaleCode string
	Translations                           model.JSON
	TranslatedFieldCount                   int
	stamps
}

type storeCurrencyRow struct {
	ID, CurrencyCode, StoreID string
	IsDefault                 bool
	stamps
}

type salesChannelRow struct {
	ID, Name, Description string
	IsDisabled            bool
	stamps
}

type apiKeyRow struct {
	ID, Token, Salt, Redacted, Title, Type, CreatedBy string
	stamps
}

type keyChannelRow struct {
	ID, PublishableKeyID, SalesChannelID string
	stamps
}

type regionProviderRow struct {
	ID, RegionID, PaymentProviderID string
	stamps
}

type preferenceRow struct {
	ID, Attribute, Value string
	IsTaxInclusive       bool
	stamps
}

type customerGroupRow struct {
	ID, Name string
	stamps
}

type addressRow struct {
	ID                                            string
	Address1                                      string `bun:"address_1"`
	Company, City, CountryCode, PostalCode, Phone string
	Province                                      *string
	stamps
}

type locationRow struct {
	ID, Name, AddressID string
	stamps
}

type channelLocationRow struct {
	ID, SalesChannelID, StockLocationID string
	stamps
}

type locationProviderRow struct {
	ID, StockLocationID, FulfillmentProviderID string
	stamps
}

type locationSetRow struct {
	ID, StockLocationID, FulfillmentSetID string
	stamps
}

type fulfillmentSetRow struct {
	ID, Name, Type string
	stamps
}

type serviceZoneRow struct {
	ID, Name, FulfillmentSetID string
	stamps
}

type geoZoneRow struct {
	ID, Type, CountryCode, ServiceZoneID string
	ProvinceCode                         *string
	stamps
}

type shippingOptionTypeRow struct {
	ID, Label, Description, Code string
	stamps
}

type shippingOptionRow struct {
	ID, Name, PriceType, ServiceZoneID, ShippingProfileID, ProviderID, ShippingOptionTypeID string
	Data                                                                                    model.JSON
	stamps
}

type shippingOptionRuleRow struct {
	ID, Attribute, Operator, ShippingOptionID string
	Value                                     model.JSON
	stamps
}

type shippingOptionPriceSetRow struct {
	ID, ShippingOptionID, PriceSetID string
	stamps
}

type priceSetRow struct {
	ID string
	stamps
}

type priceRuleRow struct {
	ID, Attribute, Operator, Value, PriceID string
	Priority                                int
	stamps
}

type priceListRow struct {
	ID, Title, Description, Status, Type string
	RulesCount                           int
	stamps
}

type priceListRuleRow struct {
	ID, PriceListID, Attribute string
	Value                      model.JSON
	stamps
}

type taxRegionRow struct {
	ID, CountryCode                    string
	ProviderID, ProvinceCode, ParentID *string
	stamps
}

type taxRateRow struct {
	ID, Code, Name, TaxRegionID string
	Rate                        model.Amount
	IsDefault, IsCombinable     bool
	stamps
}

type taxRateRuleRow struct {
	ID, TaxRateID, Reference, ReferenceID string
	stamps
}

type campaignRow struct {
	ID, Name, Description, CampaignIdentifier string
	stamps
}

type campaignBudgetRow struct {
	ID, CampaignID, Type string
	Limit, Used          model.Amount
	RawLimit, RawUsed    model.JSON
	stamps
}

type promotionRow struct {
	ID, Code, Type, Status      string
	CampaignID                  *string
	IsAutomatic, IsTaxInclusive bool
	Used                        int
	stamps
}

type applicationMethodRow struct {
	ID, PromotionID, Type, TargetType, Allocation     string
	Value                                             model.Amount
	RawValue                                          model.JSON
	CurrencyCode                                      *string
	MaxQuantity, ApplyToQuantity, BuyRulesMinQuantity *int
	stamps
}

type promotionRuleRow struct {
	ID, Attribute, Operator string
	stamps
}

type promotionRuleValueRow struct {
	ID, PromotionRuleID, Value string
	stamps
}

type promotionHasRuleRow struct{ PromotionID, PromotionRuleID string }

type methodHasRuleRow struct{ ApplicationMethodID, PromotionRuleID string }

type optionOfProductRow struct {
	ID, ProductID, ProductOptionID string
	stamps
}

type valueOfProductRow struct {
	ID, ProductProductOptionID, ProductOptionValueID string
	stamps
}

type valueOfVariantRow struct{ VariantID, OptionValueID string }

type tagOfProductRow struct{ ProductID, ProductTagID string }

type categoryOfProductRow struct{ ProductID, ProductCategoryID string }

type productChannelRow struct {
	ID, ProductID, SalesChannelID string
	stamps
}

type productProfileRow struct {
	ID, ProductID, ShippingProfileID string
	stamps
}

type imageOfVariantRow struct {
	ID, VariantID, ImageID string
	stamps
}

type variantPriceSetRow struct {
	ID, VariantID, PriceSetID string
	stamps
}
