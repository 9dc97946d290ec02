package dossier

import (
	"fmt"
	"strconv"
	"strings"

	"relance/internal/collection"
	"relance/internal/message"
)

// page is what the index says. The text and the PDF are both set from it, so that they cannot differ.
type page struct {
	title    string
	subtitle string
	made     string
	sections []section
}

// section is a heading with whatever stands under it, in this order.
type section struct {
	title  string
	lead   string
	facts  []fact
	table  *grid
	points []string
}

// fact is a label with its value.
type fact struct{ label, value string }

// grid is a table. A cell may have several lines.
type grid struct {
	columns []column
	rows    [][]string
}

// column has a width in characters, for the text, and in shares of a hundred, for the PDF.
type column struct {
	title string
	chars int
	share float64
}

func (b *builder) addIndex() error {
	p := b.index()
	b.pack.add(file{path: "00-index.txt", mediaType: "text/plain", what: "This index, as text", content: p.text()})
	pdf, err := b.paper(p)
	if err != nil {
		return err
	}
	b.pack.add(file{path: "00-index.pdf", mediaType: "application/pdf", what: "Index", content: pdf})
	return nil
}

func (b *builder) index() page {
	n := b.in.Notice
	p := page{
		title:    strings.TrimSpace("Dossier " + clean(b.in.Reference)),
		subtitle: fmt.Sprintf("Claim of %s against %s", clean(n.Creditor.Name), clean(n.Debtor.Name)),
		made:     fmt.Sprintf("Made on %s (%s)", b.in.At.In(b.in.Zone).Format("2 January 2006, 15:04"), b.in.Zone),
		sections: []section{b.claim(), b.route(), b.exhibitList(), b.chronology(), b.missing()},
	}
	if len(b.notes) > 0 {
		p.sections = append(p.sections, section{title: "Notes on the exhibits", points: b.notes})
	}
	p.sections = append(p.sections, section{title: "How to check this dossier", lead: "manifest.sha256 lists the SHA-256 of every file. " +
		"Unpack the dossier and run “sha256sum -c manifest.sha256” in its folder: every line must end in OK. manifest.json says the same for programs."})
	return p
}

// claim is who owes what to whom.
func (b *builder) claim() section {
	n, v := b.in.Notice, b.in.Notice.Invoice
	due := date(v.DueOn)
	if late := b.today.Sub(v.DueOn); !v.DueOn.IsZero() && late > 0 {
		due += fmt.Sprintf(", %s overdue", plural(late, "day", "days"))
	}
	credited := ""
	if !v.Credited.IsZero() {
		credited = amount(v.Credited)
	}
	return section{title: "The claim", facts: present(
		fact{"Creditor", party(n.Creditor.Party, n.Creditor.Registration)},
		fact{"Debtor", party(n.Debtor.Party, n.Debtor.Registration)},
		fact{"Kind of debtor", debtorWords(n.Debtor.Kind)},
		fact{"Invoice", clean(v.Number)},
		fact{"Issued", date(v.IssuedOn)},
		fact{"Due", due},
		fact{"Invoiced", amount(v.Amount)},
		fact{"Paid", amount(v.Paid)},
		fact{"Credited", credited},
		fact{"Outstanding", amount(v.Owed) + " on " + date(b.today)},
		fact{"Interest, costs", "none claimed here"},
		fact{"Final notice", b.finalNotice().words()},
		fact{"Our reference", clean(b.in.Reference)},
	)}
}

// party is a name with its address and register number.
func party(p message.Party, registration string) string {
	parts := []string{clean(p.Name)}
	for _, line := range append(append([]string(nil), p.Lines...), p.Country, registration) {
		if line = clean(line); line != "" {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, ", ")
}

// route is where the claim goes, and how sure that is.
func (b *builder) route() section {
	s := section{title: "Where it goes"}
	c := b.in.Court
	switch {
	case b.in.Route == "":
		s.facts = []fact{{"Route", "not chosen yet: a person decides"}}
		return s
	case b.in.Route == collection.SmallClaims && c == nil:
		s.facts = []fact{{"Route", routeWords(b.in.Route)}, {"Court", "not known: the tables of courts do not decide this claim, a person must"}}
		return s
	case c == nil:
		s.facts = []fact{{"Route", routeWords(b.in.Route)}}
		return s
	}
	limit := "no upper limit"
	if c.Limit != nil {
		limit = "claims up to " + amount(*c.Limit)
	}
	s.facts = present(
		fact{"Route", routeWords(b.in.Route)},
		fact{"Procedure", clean(c.Procedure)},
		fact{"Jurisdiction", clean(c.Jurisdiction)},
		fact{"Takes", limit},
		fact{"Claimants", clean(c.Claimant)},
		fact{"Status", statusWords(c.Status)},
		fact{"As of", clean(c.AsOf)},
		fact{"Source", clean(c.Source)},
		fact{"Notes", clean(c.Notes)},
	)
	s.lead = "This comes from a table of courts and their limits. It is no legal advice."
	return s
}

// exhibitList is the table of the exhibits.
func (b *builder) exhibitList() section {
	t := &grid{columns: []column{{"No.", 3, 5}, {"Exhibit and file", 49, 51}, {"Date", 10, 12}, {"Length", 16, 16}, {"SHA-256", 12, 16}}}
	for _, e := range b.exhibits {
		t.rows = append(t.rows, []string{strconv.Itoa(e.number), e.what + "\n" + e.path, e.on.String(), e.extent, e.sha256[:12]})
	}
	return section{
		title: "Exhibits", table: t,
		lead: "“Accepted” means that the provider took the message for delivery, not that it arrived. The SHA-256 is cut to its first " +
			"twelve digits; for a message it is that of the request as it was handed to the provider. The manifest has them whole.",
	}
}
