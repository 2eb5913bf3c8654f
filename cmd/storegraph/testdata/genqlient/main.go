// Shops with the client that genqlient generates: from the first page to an order, at BASE_URL with KEY.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/Khan/genqlient/graphql"
)

//go:generate go tool genqlient

type keyed struct{ key string }

func (k keyed) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Publishable-Api-Key", k.key)
	return http.DefaultTransport.RoundTrip(r)
}

func main() {
	if err := shop(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("genqlient: ok")
}

func shop(ctx context.Context) error {
	client := graphql.NewClient(os.Getenv("BASE_URL")+"/graphql", &http.Client{Transport: keyed{os.Getenv("KEY")}})
	home, err := Home(ctx, client)
	if err != nil {
		return err
	}
	region := home.Regions.Nodes[0]
	page, err := Product(ctx, client, home.ProductCategories.Nodes[0].Products.Nodes[0].Handle, region.Id, region.Countries[0].Iso2)
	if err != nil {
		return err
	}
	variant := page.Product.DefaultVariant
	if got := variant.Price.Amount.CurrencyCode; got != region.CurrencyCode {
		return fmt.Errorf("the price is in %s, want %s", got, region.CurrencyCode)
	}
	made, err := CreateCart(ctx, client, &CreateCartInput{RegionId: &region.Id, Items: []*LineItemInput{{VariantId: variant.Id, Quantity: 2}}})
	if err != nil {
		return err
	}
	if refused := made.CreateCart.UserErrors; len(refused) > 0 {
		return fmt.Errorf("the cart is refused: %s", refused[0].Code)
	}
	none, err := AddPromotions(ctx, client, &AddPromotionsInput{CartId: made.CreateCart.Cart.Id, PromoCodes: []string{"NONE"}})
	if err != nil {
		return err
	}
	if e := none.AddPromotions.UserErrors; len(e) != 1 || e[0].Code != UserErrorCodePromotionNotFound {
		return fmt.Errorf("an unknown code gives %v", e)
	}
	return nil
}
