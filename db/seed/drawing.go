package seed

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// tint is a colour, its dark and light shades and a colour that goes with it.
type tint struct{ main, shade, light, accent string }

var tints = map[string]tint{
	"pine":  {"#2f5d50", "#234840", "#4c7f70", "#e0b354"},
	"moss":  {"#7d8a4b", "#636f38", "#9ba76b", "#f0e4c8"},
	"ink":   {"#2b3a55", "#1e2a40", "#4a5c7d", "#d98c5f"},
	"rust":  {"#b5533c", "#93402d", "#cf7a63", "#f3d9b1"},
	"ochre": {"#d39a3b", "#b07d28", "#e6ba6d", "#3f4a52"},
	"slate": {"#67737d", "#4f5a63", "#8c98a1", "#d39a3b"},
	"sand":  {"#dcc9a6", "#c2ac85", "#eee2ca", "#8a5a3c"},
}

// finished has the finish of each product.
var finished = map[string]string{
	"skarn-shell-jacket": "ripstop", "hush-down-jacket": "quilt", "drizzle-anorak": "weave", "harbour-fleece": "pile", "cairn-wool-jumper": "knit",
	"fell-merino-tee": "rib", "fell-merino-longsleeve": "twill", "byre-flannel-shirt": "tartan", "scree-trousers": "twill", "lambing-beanie": "knit",
	"tramper-socks": "rib", "bothy-slipper-socks": "pile", "ridge-gloves": "knit", "tarn-boots": "leather", "drover-pack-38": "weave",
	"feather-pack-22": "ripstop", "market-tote": "weave", "lee-tent-2": "ripstop", "solo-bivvy": "ripstop", "corrie-sleeping-bag": "quilt",
	"cloud-mat": "quilt", "hay-pillow": "weave", "ember-stove": "brushed", "billy-pot": "brushed", "titan-mug": "brushed", "watch-lantern": "brushed",
	"pocket-knife": "grain", "spring-flask": "speckle", "hearth-mug": "speckle", "supper-bowl": "speckle", "larch-board": "grain",
	"croft-blanket": "tartan", "peat-cushion": "weave", "tea-towel-pair": "weave", "bog-myrtle-candle": "rib", "cedar-soap": "grain",
	"storm-matches": "pile", "slow-maps": "weave", "mend-it": "twill", "hut-oats": "speckle", "pine-honey": "plain", "first-night-box": "grain",
	"repair-voucher": "twill",
}

// A pen draws SVG, some of it at random.
type pen struct {
	strings.Builder
	dice *rand.Rand
}

func (p *pen) add(format string, args ...any) { fmt.Fprintf(p, format, args...) }

// between returns a random number from least to most.
func (p *pen) between(least, most int) int { return least + p.dice.IntN(most-least+1) }

// svg returns the image as SVG.
func (d drawing) svg() string {
	t := tints[d.colour]
	p := &pen{dice: rand.New(rand.NewPCG(d.seed, 1))} //nolint:gosec // the image is the same each time
	view := "0 0 600 600"
	if d.near {
		view = "150 130 300 300"
	}
	p.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="%s" width="800" height="800"><defs>
`, view)
	finishes[d.finish](p, t)
	p.add(`<radialGradient id="glow"><stop offset="0" stop-color="#fff" stop-opacity=".55"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient></defs>
`)
	scenes[d.scene](p, t)
	p.add(`<circle cx="300" cy="310" r="280" fill="url(#glow)"/><ellipse cx="300" cy="505" rx="196" ry="17" fill="#10161c" opacity=".2"/>
`)
	body := strings.NewReplacer("{m}", "url(#finish)", "{s}", t.shade, "{l}", t.light, "{a}", t.accent).Replace(shapes[d.shape])
	p.add(`<g stroke-linejoin="round">%s</g>
</svg>
`, body)
	return p.String()
}

// finishes has what draws the surface of a product in a tint, as the pattern "finish".
var finishes = map[string]func(p *pen, t tint){
	"plain": func(p *pen, t tint) { p.pattern(t, 40, 40, "") },
	"ripstop": func(p *pen, t tint) {
		p.pattern(t, 22, 22, fmt.Sprintf(`<path stroke="%s" stroke-width="1.6" d="M0 5h22M0 8h22M5 0v22M8 0v22" opacity=".55"/><path stroke="%s" d="M0 16h22M16 0v22" opacity=".3"/>`, t.shade, t.light))
	},
	"quilt": func(p *pen, t tint) {
		p.pattern(t, 120, 46, fmt.Sprintf(`<path fill="%s" opacity=".7" d="M0 34c20 8 40 8 60 0s40-8 60 0v12H0z"/><path fill="%s" opacity=".6" d="M0 4c20 8 40 8 60 0s40-8 60 0v10c-20-8-40-8-60 0s-40 8-60 0z"/><path fill="none" stroke="%s" stroke-width="2.5" stroke-dasharray="7 4" d="M0 44c20 6 40 6 60 0s40-6 60 0"/>`, t.shade, t.light, t.accent))
	},
	"knit": func(p *pen, t tint) {
		p.pattern(t, 18, 14, fmt.Sprintf(`<path fill="none" stroke="%s" stroke-width="3.4" stroke-linecap="round" d="m2 2 7 8 7-8" opacity=".8"/><path fill="none" stroke="%s" stroke-width="1.6" d="m2 7 7 7 7-7" opacity=".7"/>`, t.shade, t.light))
	},
	"rib": func(p *pen, t tint) {
		p.pattern(t, 10, 24, fmt.Sprintf(`<path stroke="%s" stroke-width="2.6" d="M2 0v24" opacity=".6"/><path stroke="%s" stroke-width="1.4" d="M6 0v24" opacity=".6"/>`, t.shade, t.light))
	},
	"twill": func(p *pen, t tint) {
		p.pattern(t, 14, 14, fmt.Sprintf(`<path stroke="%s" stroke-width="2" d="m-4 10 14-14M-2 18 18-2M4 22l14-14" opacity=".5"/><path stroke="%s" d="m-4 5 9-9m-7 18L14-2" opacity=".5"/>`, t.shade, t.light))
	},
	"weave": func(p *pen, t tint) {
		p.pattern(t, 16, 16, fmt.Sprintf(`<path fill="%s" opacity=".4" d="M0 0h7v7H0zM8 8h7v7H8z"/><path fill="%s" opacity=".35" d="M8 0h7v7H8zM0 8h7v7H0z"/>`, t.shade, t.light))
	},
	"tartan": func(p *pen, t tint) {
		p.pattern(t, 84, 84, fmt.Sprintf(`<path fill="%[1]s" opacity=".55" d="M8 0h26v84H8zM0 8h84v26H0z"/><path fill="%[2]s" opacity=".5" d="M48 0h10v84H48zM0 48h84v10H0z"/><path stroke="%[3]s" stroke-width="3" opacity=".9" d="M70 0v84M0 70h84M21 0v84M0 21h84"/>`, t.shade, t.light, t.accent))
	},
	"pile":    func(p *pen, t tint) { p.dots(t, 96, 90, 3) },
	"speckle": func(p *pen, t tint) { p.dots(t, 150, 64, 2) },
	"leather": func(p *pen, t tint) {
		var lines strings.Builder
		for range 48 {
			x, y := p.between(0, 110), p.between(0, 110)
			fmt.Fprintf(&lines, "M%d %dq%d %d %d %d", x, y, p.between(2, 6), p.between(-5, 5), p.between(6, 12), p.between(-3, 3))
		}
		p.pattern(t, 120, 120, fmt.Sprintf(`<path fill="none" stroke="%s" stroke-width="1.6" opacity=".6" d="%s"/>`, t.shade, &lines))
	},
	"brushed": func(p *pen, t tint) {
		var dark, bright strings.Builder
		for y := 1; y < 160; y += 3 {
			x := p.between(0, 160)
			fmt.Fprintf(&dark, "M%d %dh%d", x, y, p.between(30, 160))
			fmt.Fprintf(&bright, "M%d %dh%d", p.between(0, 160), y+1, p.between(20, 120))
		}
		p.pattern(t, 320, 160, fmt.Sprintf(`<path stroke="%s" opacity=".5" d="%s"/><path stroke="%s" opacity=".6" d="%s"/>`, t.shade, &dark, t.light, &bright))
	},
	"grain": func(p *pen, t tint) {
		var lines strings.Builder
		for x := 6; x < 200; x += p.between(9, 18) {
			bend := p.between(-9, 9)
			fmt.Fprintf(&lines, "M%d 0c%d 60 %d 140 0 200", x, bend, -bend)
		}
		p.pattern(t, 200, 200, fmt.Sprintf(`<path fill="none" stroke="%s" stroke-width="3" opacity=".6" d="%s"/><ellipse cx="%d" cy="%d" rx="7" ry="16" fill="%s" opacity=".6"/>`,
			t.shade, &lines, p.between(30, 170), p.between(30, 170), t.shade))
	},
}

// pattern draws the pattern "finish" of a size on a tint.
func (p *pen) pattern(t tint, width, height int, what string) {
	p.add(`<pattern id="finish" width="%[1]d" height="%[2]d" patternUnits="userSpaceOnUse"><path fill="%[3]s" d="M0 0h%[1]dv%[2]dH0z"/>%[4]s</pattern>
`, width, height, t.main, what)
}

// dots draws a pattern of light and dark dots.
func (p *pen) dots(t tint, side, n, most int) {
	var dots strings.Builder
	for i := range n {
		colour := t.shade
		if i%3 == 0 {
			colour = t.light
		}
		fmt.Fprintf(&dots, `<circle cx="%d" cy="%d" r="%d" fill="%s" opacity=".6"/>`, p.between(most, side-most), p.between(most, side-most), p.between(1, most), colour)
	}
	p.pattern(t, side, side, dots.String())
}

// scenes has what draws the background of an image, and the ground on which a product stands at height 500.
var scenes = map[string]func(p *pen, t tint){
	"studio": func(p *pen, t tint) {
		p.backdrop("#f6f2ea", "#e6ddcd")
		p.add(`<path fill="%s" opacity=".16" d="M0 470h600v130H0z"/>
`, t.main)
		p.ridge(430, 60, t.light, ".22")
		p.ground("#e7dfd1", "#d5cab8")
	},
	"fells": func(p *pen, t tint) {
		p.backdrop("#dfe9ec", "#f6efe2")
		p.add(`<circle cx="%d" cy="%d" r="%d" fill="%s" opacity=".55"/>
`, p.between(80, 520), p.between(90, 170), p.between(34, 54), t.accent)
		p.clouds("#fff", 3)
		p.ridge(280, 120, "#b9c9cf", "1")
		p.ridge(350, 80, "#9db3ae", "1")
		p.ridge(410, 46, "#7f9a86", "1")
		p.firs(9, 430, "#5d7d69")
		p.ground("#a9b48a", "#8d9a6c")
	},
	"dusk": func(p *pen, t tint) {
		p.backdrop("#35435c", "#e0a98a")
		p.stars(42)
		p.add(`<circle cx="%d" cy="%d" r="30" fill="#fbf1d4" opacity=".9"/>
`, p.between(90, 510), p.between(80, 150))
		p.ridge(300, 110, "#6d6f86", "1")
		p.ridge(380, 60, "#4f5a70", "1")
		p.firs(12, 450, "#333f50")
		p.ground("#5a5a52", "#47483f")
		p.add(`<ellipse cx="300" cy="470" rx="330" ry="70" fill="%s" opacity=".16"/>
`, t.accent)
	},
	"room": func(p *pen, t tint) {
		p.backdrop("#f3ebde", "#eadfcd")
		x := 330
		if p.between(0, 1) == 0 {
			x = 40
		}
		p.window(x)
		p.shelf(370-x, t)
		p.table()
	},
}

// backdrop draws a sky or a wall that changes from one colour to another.
func (p *pen) backdrop(top, bottom string) {
	p.add(`<linearGradient id="back" x2="0" y2="1"><stop stop-color="%s"/><stop offset="1" stop-color="%s"/></linearGradient><path fill="url(#back)" d="M0 0h600v600H0z"/>
`, top, bottom)
}

// ridge draws a row of hills whose tops are around a height.
func (p *pen) ridge(top, high int, colour, opacity string) {
	p.add(`<path fill="%s" opacity="%s" d="M0 600V%d`, colour, opacity, top+p.between(-high/2, high/2))
	for x := 30; x <= 600; x += 30 {
		p.add("L%d %d", x, top+p.between(-high/2, high/2))
	}
	p.add(`V600z"/>
`)
}

// clouds draws clouds in a colour.
func (p *pen) clouds(colour string, n int) {
	for range n {
		x, y := p.between(20, 480), p.between(50, 200)
		p.add(`<path fill="%s" opacity=".75" d="M%d %dc-2-20 26-24 32-10 8-22 44-18 44 4 22-4 26 16 10 18H%dc-18 0-18-12 6-12z"/>
`, colour, x, y, x+4)
	}
}

// stars draws stars in the upper part.
func (p *pen) stars(n int) {
	p.add(`<g fill="#fff" opacity=".8">`)
	for range n {
		p.add(`<circle cx="%d" cy="%d" r="%d.%d"/>`, p.between(0, 600), p.between(0, 280), p.between(0, 1), p.between(6, 9))
	}
	p.add("</g>\n")
}

// firs draws trees that stand at a height.
func (p *pen) firs(n, foot int, colour string) {
	p.add(`<path fill="%s" d="`, colour)
	for range n {
		x, high := p.between(-10, 610), p.between(50, 110)
		y := foot + p.between(0, 24)
		p.add("M%d %dl%d %dh-%dzM%d %dl%d %dh-%dz", x, y-high, high/5, high*6/10, high*2/5, x, y-high*6/10, high/4, high*6/10, high/2)
	}
	p.add(`"/>
`)
}

// ground draws the ground, with grass or stones.
func (p *pen) ground(colour, shade string) {
	p.add(`<path fill="%s" d="M0 474c120-14 240-10 340-4s180 8 260-4v134H0z"/><path fill="none" stroke="%s" stroke-width="3" stroke-linecap="round" d="`, colour, shade)
	for range 46 {
		p.add("M%d %dl%d-%d", p.between(4, 596), p.between(490, 594), p.between(-4, 4), p.between(5, 12))
	}
	p.add(`"/>
`)
}

// window draws a window with hills behind it.
func (p *pen) window(x int) {
	p.add(`<g transform="translate(%d 60)"><path fill="#cfe0e6" d="M0 0h220v260H0z"/><path fill="#9fb8ad" d="M0 %d`, x, p.between(150, 190))
	for i := 20; i <= 220; i += 20 {
		p.add("L%d %d", i, p.between(140, 200))
	}
	p.add(`V260H0z"/><path fill="none" stroke="#fbf8f1" stroke-width="12" d="M0 0h220v260H0zM110 0v260M0 120h220"/><path fill="#e2d6c1" d="M-14 260h248v14H-14z"/></g>
`)
}

// shelf draws a shelf with books and a jar.
func (p *pen) shelf(x int, t tint) {
	x = max(30, min(x, 370))
	colours := []string{t.shade, t.light, t.accent, "#b9a98c", "#8f9f98"}
	at := x + 8
	for at < x+160 {
		width, high := p.between(12, 26), p.between(50, 92)
		p.add(`<path fill="%s" opacity=".75" d="M%d %dh%dv%dh-%dz"/>`, colours[p.between(0, len(colours)-1)], at, 210-high, width, high, width)
		at += width + p.between(1, 6)
	}
	p.add(`<path fill="#c6ab84" d="M%d 210h200v12H%dz"/><path fill="none" stroke="#a98f69" stroke-width="5" d="M%d 222v26m168-26v26"/>
`, x, x, x+16)
}

// table draws a table of planks.
func (p *pen) table() {
	p.add(`<path fill="#cfae84" d="M0 470h600v130H0z"/><path fill="#e0c49d" d="M0 466h600v10H0z"/><path fill="none" stroke="#b08d62" stroke-width="2" opacity=".7" d="`)
	for y := 486; y < 600; y += p.between(7, 13) {
		p.add("M0 %dc%d %d %d %d 600 0", y, p.between(100, 200), p.between(-9, 9), p.between(300, 500), p.between(-9, 9))
	}
	p.add(`"/><path stroke="#a07e55" stroke-width="3" d="M0 540h600"/>
`)
}
