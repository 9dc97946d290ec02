package screen

import (
	"fmt"
	"strings"

	"relance/internal/inquiry"
	"relance/internal/ledger"
)

// Creditors lists creditors, a line each.
func Creditors(lines []inquiry.CreditorLine) string {
	if len(lines) == 0 {
		return Paragraph("There is no creditor yet. Describe one in a YAML file and run: relance creditor apply FILE")
	}
	var rows [][]string
	for _, c := range lines {
		state := ""
		if c.Stopped != nil {
			state = "stopped"
		}
		rows = append(rows, []string{c.ID, c.LegalName, c.Policy, c.Currency, itoa(c.Invoices), itoa(c.OpenCases), state})
	}
	return table([]column{
		{head: "CREDITOR", most: 20}, {head: "NAME", most: 30}, {head: "POLICY", most: 16}, {head: "CUR"},
		{head: "INVOICES", right: true}, {head: "OPEN", right: true}, {},
	}, rows)
}

// Creditor shows the settings of one creditor.
func Creditor(c inquiry.Creditor) string {
	f := &file{}
	s := c.Settings
	f.line("Creditor", fmt.Sprintf("%s (%s), %s before a court", s.LegalName, c.ID, s.Claimant))
	f.line("", address(s.Address))
	f.line("", strings.Join(notEmpty([]string{s.Email, s.Phone, s.Website}), ", "))
	f.line("Policy", fmt.Sprintf("%s; days count in %s", c.Policy, c.TimeZone))
	f.line("Book", fmt.Sprintf("%s, %s", count(c.Invoices, "invoice", "invoices"), count(c.OpenCases, "open case", "open cases")))
	f.line("Signals", c.RawSignals+" when they come from the Temporal UI")
	f.line("Pay at", s.PaymentURL)
	name := "Accounts"
	for _, b := range s.Bank {
		f.line(name, account(b))
		name = ""
	}
	sender := s.Senders.Email
	f.line("Email from", fmt.Sprintf("%s <%s>", sender.Name, sender.Address))
	f.line("SMS from", strings.Join(notEmpty([]string{s.Senders.SMS.Alphanumeric, s.Senders.SMS.Number}), ", "))
	if s.Agency != nil {
		f.line("Agency", fmt.Sprintf("%s, %s", s.Agency.Name, s.Agency.Email))
	}
	f.line("Updated", c.UpdatedAt.UTC().Format("2006-01-02 15:04")+" UTC")
	if c.Stopped != nil {
		f.WriteString("\n" + Paragraph(stopped(*c.Stopped)))
	}
	return f.String()
}

func address(a ledger.Address) string {
	parts := append(append([]string{}, a.Lines...), strings.TrimSpace(a.PostalCode+" "+a.City), a.Region, a.Country)
	return strings.Join(notEmpty(parts), ", ")
}

func account(b ledger.BankAccount) string {
	currency := string(b.Currency)
	if currency == "" {
		currency = "any currency"
	}
	number := b.IBAN
	switch {
	case b.Routing != "":
		number = "routing " + b.Routing + ", account " + b.Account
	case b.SortCode != "":
		number = "sort code " + b.SortCode + ", account " + b.Account
	}
	return strings.Join(notEmpty([]string{currency, number, b.Bank}), ", ")
}

// Policies lists the published versions of policies.
func Policies(lines []inquiry.PolicyLine) string {
	var rows [][]string
	for _, p := range lines {
		newest := ""
		if !p.Newest {
			newest = "older"
		}
		rows = append(rows, []string{
			p.Name, itoa(int64(p.Version)), itoa(int64(p.Steps)), p.FirstAfter + " to " + p.LastAfter, p.PublishedAt.UTC().Format("2006-01-02"), newest,
		})
	}
	return table([]column{
		{head: "POLICY", most: 30}, {head: "VERSION", right: true}, {head: "STEPS", right: true}, {head: "AFTER DUE"}, {head: "PUBLISHED"}, {},
	}, rows)
}

// Stops tells what is stopped.
func Stops(stops []inquiry.Stop) string {
	if len(stops) == 0 {
		return "Nothing is stopped.\n"
	}
	var b strings.Builder
	for _, s := range stops {
		b.WriteString(Paragraph(stopped(s)))
	}
	return b.String()
}
