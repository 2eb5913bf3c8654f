package rest

import (
	"slices"
	"strings"
)

// treeDepth is the depth to which a category tree is expanded.
const treeDepth = 12

// endRelations ends the relations of categories where the reference ends them: a category below another shows no further ones, but
// in trees. Products it shows if it is one of those that were asked for.
func endRelations(sel *selection) {
	products := sel.root.child("products")
	for _, name := range []string{"parent_category", "category_children"} {
		kin := sel.root.child(name)
		if kin == nil {
			continue
		}
		n := kin.below
		n.fields = slices.DeleteFunc(n.fields, func(f *selected) bool { return f.name == "parent_category" || f.name == "category_children" })
		if len(n.fields) == 0 && name == "parent_category" {
			sel.root.fields = slices.DeleteFunc(sel.root.fields, func(f *selected) bool { return f == kin })
			continue
		}
		if len(n.fields) == 0 { // a list of things is never a list of nulls
			sel.add(n, "id")
		}
		if products != nil && slices.Contains(sel.stars, name) {
			sel.loaded(n, products)
		}
	}
}

// loaded selects the products of a category below another, which are told if they were read for its own sake.
func (sel *selection) loaded(n *node, products *selected) {
	n.fields = append(n.fields, &selected{name: "products", field: "loadedProducts", below: products.below})
}

// growTrees expands the trees above and below a category. They have only visible categories, unlike the relations parent_category and
// category_children.
func growTrees(sel *selection) {
	up, down := sel.flags["include_ancestors_tree"], sel.flags["include_descendants_tree"]
	if down {
		sel.growTree("category_children", "treeChildren")
	}
	switch {
	case up && down:
		sel.growTree("parent_category", "cutParent")
	case up:
		sel.growTree("parent_category", "treeParent")
	}
	// What a list reads of the categories below makes the reference forget those above.
	if down && !up && sel.route.list {
		sel.root.fields = slices.DeleteFunc(sel.root.fields, func(f *selected) bool { return f.name == "parent_category" })
	}
}

// growTree expands a relation of categories treeDepth times from where all of it is requested, and up to there as far as fields of it
// are, by paths such as category_children.category_children.name.
func (sel *selection) growTree(relation, field string) {
	n, whole := sel.root, false
	path := relation
	for level := range treeDepth {
		whole = whole || slices.Contains(sel.stars, path) || slices.Contains(sel.plain, path)
		if !whole && !sel.requested(path+".") {
			return
		}
		n = sel.addAs(n, relation, field).below
		n.fields = nil
		if whole {
			sel.addTreeNode(n, relation, level)
		} else {
			for _, p := range sel.plain {
				if name, ok := strings.CutPrefix(p, path+"."); ok && !strings.Contains(name, ".") {
					sel.add(n, name)
				}
			}
			if len(n.fields) == 0 && sel.flags["include_ancestors_tree"] && sel.flags["include_descendants_tree"] {
				sel.add(n, "id") // for what is left of a node whose relation is cut
			}
		}
		path += "." + relation
	}
}

// requested reports whether a path with this prefix is requested.
func (sel *selection) requested(prefix string) bool {
	begins := func(p string) bool { return strings.HasPrefix(p, prefix) }
	return slices.ContainsFunc(sel.plain, begins) || slices.ContainsFunc(sel.stars, begins)
}

// addTreeNode selects what a node of a tree shows: its columns; above a category also its children, if those are requested.
func (sel *selection) addTreeNode(n *node, relation string, level int) {
	sel.addTreeColumns(n, level)
	products := sel.root.child("products")
	if products != nil {
		sel.loaded(n, products)
	}
	down := sel.flags["include_descendants_tree"]
	crossed := down && !sel.route.list
	wanted := down || slices.Contains(sel.stars, "category_children") // a tree below is read for all nodes, whatever fields say
	if relation != "parent_category" || crossed || !wanted {
		return
	}
	below := sel.add(n, "category_children").below
	sel.addColumns(below, "ProductCategory", nil)
	if products != nil {
		sel.loaded(below, products)
	}
}

// addTreeColumns selects the columns of a node of a tree. In a list the reference has read all of them, and of one category those of
// its parent and children; of the others it has what is requested of the category itself, and the rest if it met them as a relation
// of the other direction: as a parent of the tree below, or as a child of the tree above.
func (sel *selection) addTreeColumns(n *node, level int) {
	met := ""
	switch up, down := sel.flags["include_ancestors_tree"], sel.flags["include_descendants_tree"]; {
	case up && down:
	case down && slices.Contains(sel.stars, "parent_category"):
		met = "branch_"
	case up && slices.Contains(sel.stars, "category_children"):
		met = "nested_"
	}
	for _, c := range columns["ProductCategory"] {
		own := c == "id" || c == "mpath" || c == "parent_category_id" || slices.Contains(sel.plain, c)
		switch {
		case sel.route.list || level == 0 || own:
			sel.add(n, c)
		case met == "":
		case c == "is_active" || c == "is_internal" || c == "deleted_at":
			n.fields = append(n.fields, &selected{name: c, field: camel(met + c)})
		default:
			sel.add(n, c)
		}
	}
}
