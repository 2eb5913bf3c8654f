package productfile

import "github.com/storegraph/storegraph/model"

// A Link joins two things. ID is empty where the table has none.
type Link struct{ ID, From, To string }

// A Region says in which region a price applies.
type Region struct{ ID, PriceID, RegionID string }

// An Event is something that a change brings about, in the reference's words.
type Event struct{ Name, ID string }

// Changes are what has to be written so that a shop agrees with a file.
type Changes struct {
	Products, ChangedProducts               []*model.Product
	Variants, ChangedVariants               []*model.ProductVariant
	Images, ChangedImages                   []*model.ProductImage
	GoneImages                              []string // ids
	Options                                 []*model.ProductOption
	Values                                  []*model.ProductOptionValue
	ProductOptions                          []Link // product, option
	OfferedValues                           []Link // link of product and option, value
	Choices, GoneChoices                    []Link // variant, value
	Categories, GoneCategories              []Link // product, category
	Tags, GoneTags                          []Link // product, tag
	Channels, GoneChannels                  []Link // product, channel
	Profiles, GoneProfiles                  []Link // product, profile
	VariantImages, GoneVariantImages        []Link // variant, image
	PriceSets                               []Link // variant, price set; the price sets are new
	Prices, ChangedPrices                   []*model.Price
	GonePrices                              []string // ids
	PriceRegions                            []Region
	Items                                   []*model.InventoryItem
	VariantItems                            []*model.VariantInventoryItem
	Unstocked                               []string // ids of variants whose stock is not managed any more
	Levels, ChangedLevels                   []*model.InventoryLevel
	Translations, ChangedTranslations       []*Translation
	Events                                  []Event
	CreatedProducts, CreatedVariants        int
	UpdatedProducts, UpdatedVariants, Equal int // Equal counts the products of which nothing changed
}
