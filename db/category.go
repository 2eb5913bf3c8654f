package db

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/storegraph/storegraph/model"
	"github.com/storegraph/storegraph/model/field"
)

func (q *query) category(f *model.ProductCategoryFilter) {
	if f == nil {
		return
	}
	logic(q, f.And.Value(), f.Or.Value(), f.Not.Value(), (*query).category)
	q.search(f.Q.Value(), []string{"c.name", "c.description", "c.handle"}, nil)
	q.id("c.id", f.ID.Value())
	q.text("c.name", f.Name.Value())
	q.text("c.description", f.Description.Value())
	q.text("c.handle", f.Handle.Value())
	q.id("c.parent_category_id", f.ParentID.Value())
	q.text("c.external_id", f.ExternalID.Value())
	q.time("c.created_at", f.CreatedAt.Value())
	q.time("c.updated_at", f.UpdatedAt.Value())
}

var categoryKeys = map[string]string{"RANK": "c.rank", "NAME": "c.name", "CREATED_AT": "c.created_at"}

// presentNull is a null that is there, unlike a nil value; see plan.Omit.
var presentNull = model.JSON("null ")

const shownCategory = " AND c.deleted_at IS NULL AND c.is_active AND NOT c.is_internal"

// ProductCategories lists the categories that are active and not internal. If their trees are wanted and their ranks, each page is
// sorted by rank, whatever sorts the list.
func (d DB) ProductCategories(ctx context.Context, v *Viewer, a ListArgs[model.ProductCategoryFilter],
	trees CategoryTrees, want Want,
) (*model.ProductCategoryConnection, error) {
	l := list[model.ProductCategory]{columns: categoryTable.list, from: "product_category c", scan: categoryTable.scan, sort: sorting{expr: "c.id", key: "c.id"}}
	l.where = func(q *query) {
		q.add(shownCategory)
		q.category(a.Filter)
	}
	if err := l.order(categoryKeys, a.Sort, shapes.category, "c.id"); err != nil {
		return nil, err
	}
	return connect(ctx, d, v, a.Page, l, want, d.loader(v).growTrees(trees, a.Filter))
}

// ProductCategory returns the category with this id or, if that is empty, with this handle, if it is active and
// not internal.
func (d DB) ProductCategory(ctx context.Context, v *Viewer, id, handle string, trees CategoryTrees, want Want) (*model.ProductCategory, error) {
	where := named("c", id, handle)
	return get(ctx, d, v, list[model.ProductCategory]{
		columns: categoryTable.list, from: "product_category c", scan: categoryTable.scan,
		where: func(q *query) {
			where(q)
			q.add(shownCategory)
		},
	}, want, d.loader(v).growTrees(trees, nil))
}

// fillCategories fills the tree above and below categories, however deep it is wanted, with one query, and the products
// of all of them with another.
func (ld *loader) fillCategories(ctx context.Context, rows []*model.ProductCategory, want Want) error {
	up, down := want.Has(field.Parent, field.AnyParent, field.Ancestors), want.Has(field.Children, field.AllChildren)
	listed := inTree(want)
	if len(rows) == 0 || !up && !down && !want.Has(field.AllProducts, field.LoadedProducts) && len(listed.Calls(ctx, field.Products)) == 0 {
		return nil
	}
	family := make(index[model.ProductCategory], len(rows))
	if up || down {
		if err := ld.readFamily(ctx, rows, want, up, down, family); err != nil {
			return err
		}
	}
	for _, r := range rows {
		family[r.ID] = r
	}
	children := map[string][]*model.ProductCategory{}
	for _, c := range family {
		if c.ParentCategoryID != nil {
			children[*c.ParentCategoryID] = append(children[*c.ParentCategoryID], c)
		}
	}
	for _, siblings := range children {
		slices.SortFunc(siblings, func(a, b *model.ProductCategory) int {
			if a.Rank != b.Rank {
				return a.Rank - b.Rank
			}
			return strings.Compare(a.ID, b.ID)
		})
	}
	for _, c := range family {
		c.AllChildren, c.Children, c.Ancestors = []*model.ProductCategory{}, nil, nil
		for _, child := range children[c.ID] {
			c.AllChildren = append(c.AllChildren, child)
			if child.IsActive && !child.IsInternal {
				c.Children = append(c.Children, child)
			}
		}
		if len(c.Children) > 0 {
			c.BranchIsActive, c.BranchIsInternal, c.BranchDeletedAt = &c.IsActive, &c.IsInternal, presentNull
		}
		if c.ParentCategoryID != nil {
			c.NestedIsActive, c.NestedIsInternal, c.NestedDeletedAt = &c.IsActive, &c.IsInternal, presentNull
			c.AnyParent = family[*c.ParentCategoryID]
			if p := c.AnyParent; p != nil && p.IsActive && !p.IsInternal {
				c.Parent = p
			}
		}
		for id := range strings.SplitSeq(c.Mpath, ".") {
			if a := family[id]; a != nil && a != c && a.IsActive && !a.IsInternal {
				c.Ancestors = append(c.Ancestors, a)
			}
		}
	}
	if err := ld.pagesOf(ctx, ofCategories, idsOf(values(family), func(c *model.ProductCategory) *string { return &c.ID }), listed,
		func(id string) *model.Results[model.ProductConnection] { return &family[id].Products }); err != nil {
		return err
	}
	products := anywhere(want, field.AllProducts).With(anywhere(want, field.LoadedProducts))
	if len(products) == 0 {
		return nil
	}
	err := ld.productsOf(ctx, "l.product_category_id", "product_category_product l JOIN product p ON p.id = l.product_id", "l.ctid",
		idsOf(values(family), func(c *model.ProductCategory) *string { return &c.ID }), products,
		func(id string, p *model.Product) { family[id].AllProducts = append(family[id].AllProducts, p) })
	for _, r := range rows {
		r.LoadedProducts = append([]*model.Product{}, r.AllProducts...)
	}
	return err
}

// kin are the relations between categories.
var kin = []field.Field{
	field.Parent, field.AnyParent, field.Children, field.AllChildren, field.Ancestors, field.TreeChildren, field.TreeParent, field.CutParent,
}

// anywhere merges what is wanted below field, here or in the category tree above and below.
func anywhere(want Want, f field.Field) Want {
	if len(want) == 0 {
		return nil
	}
	out := want[f]
	for _, k := range kin {
		out = out.With(anywhere(want[k], f))
	}
	return out
}

// inTree merges what is wanted of a category and, at any depth, of those above and below it.
func inTree(want Want) Want {
	out := want
	for _, k := range kin {
		if below := want[k]; len(below) > 0 {
			out = out.With(inTree(below))
		}
	}
	return out
}

// readFamily reads the categories above and below rows: those directly so, or all of them where the tree is wanted.
func (ld *loader) readFamily(ctx context.Context, rows []*model.ProductCategory, want Want, up, down bool, family index[model.ProductCategory]) error {
	var above, below []string
	for _, r := range rows {
		if up {
			above = append(above, strings.Split(r.Mpath, ".")...)
		}
		if down {
			below = append(below, r.ID)
		}
	}
	deep := want[field.Children].Has(field.Children, field.AllChildren) || want[field.AllChildren].Has(field.Children, field.AllChildren)
	sideways := want[field.Parent].Has(field.Children, field.AllChildren) || want[field.AnyParent].Has(field.Children, field.AllChildren)
	return ld.d.run(ctx, func(b *batch) {
		clear(family)
		keep := func(c *cursor) {
			o := categoryTable.scan(c)
			family[o.ID] = o
		}
		if up {
			b.read(`SELECT `+categoryTable.list+` FROM product_category c WHERE c.id = ANY($1) AND c.deleted_at IS NULL`, []any{above}, keep)
		}
		if sideways {
			b.read(`SELECT `+categoryTable.list+` FROM product_category c WHERE c.parent_category_id = ANY($1) AND c.deleted_at IS NULL`, []any{above}, keep)
		}
		switch {
		case down && deep:
			b.read(`SELECT `+categoryTable.list+` FROM product_category c JOIN (SELECT mpath FROM product_category WHERE id = ANY($1)) r
ON c.mpath LIKE r.mpath || '.%' WHERE c.deleted_at IS NULL`, []any{below}, keep)
		case down:
			b.read(`SELECT `+categoryTable.list+` FROM product_category c WHERE c.parent_category_id = ANY($1) AND c.deleted_at IS NULL`, []any{below}, keep)
		}
	})
}

// CategoryTrees are the directions in which the trees of categories are wanted.
type CategoryTrees struct{ Descendants, Ancestors bool }

// growTrees returns what fills categories: their relations, and those of all that is in their trees. A tree has only categories
// that show and match the filter, but for the filters by which the list finds its own: ids, handles and parents.
func (ld *loader) growTrees(trees CategoryTrees, f *model.ProductCategoryFilter) func(ctx context.Context, rows []*model.ProductCategory, want Want) error {
	if !trees.Descendants && !trees.Ancestors {
		return ld.fillCategories
	}
	return func(ctx context.Context, rows []*model.ProductCategory, want Want) error {
		nodes, err := ld.readTrees(ctx, rows, trees, f)
		if err != nil {
			return err
		}
		if err := ld.fillCategories(ctx, values(nodes), relationsOfTrees(want)); err != nil {
			return err
		}
		linkTrees(rows, nodes, trees)
		if want.Has(field.Rank) { // as the reference does, which sorts what it has read
			slices.SortStableFunc(rows, func(a, b *model.ProductCategory) int { return cmp.Compare(a.Rank, b.Rank) })
		}
		return nil
	}
}

// relationsOfTrees merges what is wanted of a category and of those in its trees.
func relationsOfTrees(want Want) Want {
	out := want
	for _, kin := range []field.Field{field.TreeChildren, field.TreeParent, field.CutParent} {
		if want.Has(kin) {
			out = out.With(relationsOfTrees(want[kin]))
		}
	}
	return out
}

// readTrees reads what is in the trees of rows, of which rows are a part.
func (ld *loader) readTrees(ctx context.Context, rows []*model.ProductCategory, trees CategoryTrees, f *model.ProductCategoryFilter,
) (index[model.ProductCategory], error) {
	var below, above []string
	for _, r := range rows {
		if trees.Descendants {
			below = append(below, r.Mpath+".")
		}
		for i := range len(r.Mpath) {
			if trees.Ancestors && r.Mpath[i] == '.' {
				above = append(above, r.Mpath[:i])
			}
		}
	}
	also := model.ProductCategoryFilter{}
	if f != nil {
		also = *f
		also.ID, also.Handle, also.ParentID = model.Optional[*model.IDFilter]{}, model.Optional[*model.StringFilter]{}, model.Optional[*model.IDFilter]{}
	}
	nodes := index[model.ProductCategory]{}
	err := ld.d.run(ctx, func(b *batch) {
		clear(nodes)
		q := &query{}
		q.add("SELECT " + categoryTable.list + " FROM product_category c WHERE (c.mpath = ANY(")
		q.arg(above)
		q.add(") OR EXISTS (SELECT 1 FROM unnest(")
		q.arg(below)
		q.add("::text[]) r WHERE starts_with(c.mpath, r)))" + shownCategory)
		q.category(&also)
		b.query(q, func(c *cursor) {
			o := categoryTable.scan(c)
			nodes[o.ID] = o
		})
	})
	for _, r := range rows {
		nodes[r.ID] = r
	}
	return nodes, err
}

// linkTrees links the nodes of the trees of rows. If both directions are wanted, the reference grows the trees of one row after the
// other and cuts both relations of every descendant it comes by; so only those have them that no later row cuts.
func linkTrees(rows []*model.ProductCategory, nodes index[model.ProductCategory], trees CategoryTrees) {
	place := make(map[string]int, len(rows))
	for i, r := range rows {
		place[r.ID] = i
	}
	sorted := values(nodes)
	slices.SortFunc(sorted, func(a, b *model.ProductCategory) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), strings.Compare(a.ID, b.ID))
	})
	for _, n := range sorted {
		parent, children := trees.Ancestors, trees.Descendants
		if parent && children {
			parent, children = kept(n, nodes, place)
		}
		n.TreeChildren, n.TreeParent = nil, nil
		if parent {
			n.TreeParent = parentIn(nodes, n)
		}
		n.CutParent = n.TreeParent
		if children {
			n.TreeChildren = []*model.ProductCategory{}
		}
	}
	for _, n := range sorted {
		if up := parentIn(nodes, n); up != nil && up.TreeChildren != nil {
			up.TreeChildren = append(up.TreeChildren, n)
		}
	}
}

// kept reports which relations of a node are left when the trees of all rows, whose places are given, have been grown in both
// directions.
func kept(n *model.ProductCategory, nodes index[model.ProductCategory], place map[string]int) (parent, children bool) {
	at, listed := place[n.ID]
	parent, children = true, listed
	up := parentIn(nodes, n)
	for range nodes { // the rows may be wrong and go round
		if up == nil {
			break
		}
		if i, ok := place[up.ID]; ok {
			parent, children = false, children && i < at
		}
		up = parentIn(nodes, up)
	}
	return parent, children
}

// parentIn returns the parent of a category that is among nodes; nil if there is none.
func parentIn(nodes index[model.ProductCategory], c *model.ProductCategory) *model.ProductCategory {
	if c.ParentCategoryID == nil {
		return nil
	}
	return nodes[*c.ParentCategoryID]
}
