package ledger

import (
	"io"

	"relance/internal/law"
	"relance/internal/money"
)

// Creditor is the settings file of a creditor: who is owed, how to pay, in whose name messages go out, and who takes over.
type Creditor struct {
	// ID is a slug of at most 63 characters: it is part of every workflow id.
	ID           string           `json:"id"`
	LegalName    string           `json:"legal_name"`
	Claimant     law.ClaimantKind `json:"claimant"` // what it is before a court; company unless said
	Address      Address          `json:"address"`
	TimeZone     string           `json:"time_zone"`              // IANA name, never empty
	Language     string           `json:"language"`               // of its staff, ISO 639-1
	Registration string           `json:"registration,omitempty"` // number in the register of companies
	TaxID        string           `json:"tax_id,omitempty"`
	Email        string           `json:"email"`
	Phone        string           `json:"phone,omitempty"`       // E.164
	Website      string           `json:"website,omitempty"`     // https address or ""
	PaymentURL   string           `json:"payment_url,omitempty"` // where debtors pay, https address or ""
	Currency     money.Currency   `json:"currency"`
	Policy       string           `json:"policy"` // name of the policy
	RawSignals   Trust            `json:"raw_signals,omitempty"`
	Bank         []BankAccount    `json:"bank"`
	Senders      Senders          `json:"senders"`
	Agency       *Agency          `json:"agency,omitempty"` // nil: none, so that a referral becomes a task
}

// Address is a postal address.
type Address struct {
	Name       string   `json:"name,omitempty"` // of the addressee, where it differs from the legal name
	Lines      []string `json:"lines"`
	PostalCode string   `json:"postal_code"`
	City       string   `json:"city"`
	Region     string   `json:"region,omitempty"` // suffix of ISO 3166-2
	Country    string   `json:"country"`          // ISO 3166-1 alpha-2
}

// Trust says how far signals count that did not come through Relance but from the Temporal UI or command line.
type Trust string

// The degrees of trust. The empty one leaves it to the installation.
const (
	Trusted    Trust = "trusted"
	Unverified Trust = "unverified"
	Refused    Trust = "refused"
)

// Valid reports whether t is one of the degrees or empty.
func (t Trust) Valid() bool {
	switch t {
	case "", Trusted, Unverified, Refused:
		return true
	}
	return false
}

// BankAccount is where debtors transfer money to: by IBAN, by US routing number or by UK sort code.
type BankAccount struct {
	Currency money.Currency `json:"currency,omitempty"` // "" serves every currency that has no account of its own
	Holder   string         `json:"holder,omitempty"`
	Bank     string         `json:"bank,omitempty"`
	IBAN     string         `json:"iban,omitempty"` // without spaces
	BIC      string         `json:"bic,omitempty"`
	Routing  string         `json:"routing,omitempty"`   // US routing transit number, 9 digits
	SortCode string         `json:"sort_code,omitempty"` // UK, 6 digits
	Account  string         `json:"account,omitempty"`   // number behind a routing number or sort code
}

// Senders are the names that messages go out under.
type Senders struct {
	Email EmailSender `json:"email"`
	SMS   SMSSender   `json:"sms"`
	// Letters are return addresses, one for each country; the first serves the countries that have none of their own. Without
	// any it is the creditor's own address.
	Letters []Address `json:"letters,omitempty"`
}

// EmailSender is the From, and where answers go if not there.
type EmailSender struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	ReplyTo string `json:"reply_to,omitempty"`
}

// SMSSender is a number, a name, or both: some countries, the US among them, take numbers only.
type SMSSender struct {
	Number       string `json:"number,omitempty"`       // E.164
	Alphanumeric string `json:"alphanumeric,omitempty"` // at most 11 letters, digits and spaces
}

// Agency is who collects after a referral.
type Agency struct {
	Name      string `json:"name"`
	Email     string `json:"email"`
	Reference string `json:"reference,omitempty"` // under which the agency knows the creditor
}

// Account returns the account for a currency: its own, else the one without a currency.
func (c Creditor) Account(currency money.Currency) (BankAccount, bool) {
	var fallback BankAccount
	found := false
	for _, b := range c.Bank {
		if b.Currency == currency {
			return b, true
		}
		if b.Currency == "" && !found {
			fallback, found = b, true
		}
	}
	return fallback, found
}

// ReturnAddress returns the sender of letters to a country: the return address there, else the first one, else the
// creditor's own address. Its Name is never empty.
func (c Creditor) ReturnAddress(country string) Address {
	chosen := c.Address
	if len(c.Senders.Letters) > 0 {
		chosen = c.Senders.Letters[0]
	}
	for _, a := range c.Senders.Letters {
		if a.Country == country {
			chosen = a
			break
		}
	}
	if chosen.Name == "" {
		chosen.Name = c.LegalName
	}
	return chosen
}

// ReadCreditor reads a creditor file (YAML). Every problem in it is reported at once, with line and column; the creditor is
// usable when none of them is an error. The error is that of r alone.
func ReadCreditor(r io.Reader) (Creditor, Problems, error) {
	y := &yamlReader{}
	top, err := y.readYAML(r)
	if err != nil {
		return Creditor{}, nil, err
	}
	if top == nil {
		return Creditor{}, y.problems, nil
	}
	var c Creditor
	var claimant, currency, trust string
	y.each(top, y.withAddress(&c.Address, map[string]func(*yamlNode){
		"id":           y.into(&c.ID),
		"legal_name":   y.into(&c.LegalName),
		"claimant":     y.into(&claimant),
		"time_zone":    y.into(&c.TimeZone),
		"language":     y.into(&c.Language),
		"registration": y.into(&c.Registration),
		"tax_id":       y.into(&c.TaxID),
		"email":        y.into(&c.Email),
		"phone":        y.into(&c.Phone),
		"website":      y.into(&c.Website),
		"payment_url":  y.into(&c.PaymentURL),
		"currency":     y.into(&currency),
		"policy":       y.into(&c.Policy),
		"raw_signals":  y.into(&trust),
		"bank":         func(n *yamlNode) { c.Bank = y.accounts(n) },
		"senders":      func(n *yamlNode) { y.senders(n, &c.Senders) },
		"agency":       func(n *yamlNode) { c.Agency = y.agency(n) },
	}))
	c.Claimant, c.Currency, c.RawSignals = law.ClaimantKind(claimant), money.Currency(currency), Trust(trust)
	check := &creditorCheck{creditor: &c}
	check.all()
	y.placed(check.found)
	return c, y.problems.sorted(), nil
}

// withAddress adds the keys of an address.
func (y *yamlReader) withAddress(a *Address, handlers map[string]func(*yamlNode)) map[string]func(*yamlNode) {
	handlers["address"] = y.lines(&a.Lines)
	handlers["postal_code"] = y.into(&a.PostalCode)
	handlers["city"] = y.into(&a.City)
	handlers["region"] = y.into(&a.Region)
	handlers["country"] = y.into(&a.Country)
	return handlers
}

func (y *yamlReader) accounts(n *yamlNode) []BankAccount {
	var accounts []BankAccount
	y.items(n, func(item *yamlNode) {
		var b BankAccount
		var currency string
		y.each(item, map[string]func(*yamlNode){
			"currency":  y.into(&currency),
			"holder":    y.into(&b.Holder),
			"bank":      y.into(&b.Bank),
			"iban":      y.into(&b.IBAN),
			"bic":       y.into(&b.BIC),
			"routing":   y.into(&b.Routing),
			"sort_code": y.into(&b.SortCode),
			"account":   y.into(&b.Account),
		})
		b.Currency = money.Currency(currency)
		accounts = append(accounts, b)
	})
	return accounts
}

func (y *yamlReader) senders(n *yamlNode, s *Senders) {
	y.each(n, map[string]func(*yamlNode){
		"email": func(n *yamlNode) {
			y.each(n, map[string]func(*yamlNode){
				"name": y.into(&s.Email.Name), "address": y.into(&s.Email.Address), "reply_to": y.into(&s.Email.ReplyTo),
			})
		},
		"sms": func(n *yamlNode) {
			y.each(n, map[string]func(*yamlNode){
				"number": y.into(&s.SMS.Number), "alphanumeric": y.into(&s.SMS.Alphanumeric),
			})
		},
		"letters": func(n *yamlNode) {
			y.items(n, func(item *yamlNode) {
				var a Address
				y.each(item, y.withAddress(&a, map[string]func(*yamlNode){"name": y.into(&a.Name)}))
				s.Letters = append(s.Letters, a)
			})
		},
	})
}

func (y *yamlReader) agency(n *yamlNode) *Agency {
	if n.kind == yamlNothing {
		return nil
	}
	var a Agency
	y.each(n, map[string]func(*yamlNode){
		"name": y.into(&a.Name), "email": y.into(&a.Email), "reference": y.into(&a.Reference),
	})
	return &a
}

// items calls handle for every item of a list.
func (y *yamlReader) items(n *yamlNode, handle func(*yamlNode)) {
	switch n.kind {
	case yamlNothing:
	case yamlList:
		for _, item := range n.items {
			handle(item)
		}
	case yamlScalar, yamlObject:
		y.add(n, WrongType, "This must be a list, each item after “- ”.")
	}
}
