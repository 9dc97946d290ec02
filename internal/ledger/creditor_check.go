package ledger

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"relance/internal/calendar"
	"relance/internal/law"
	"relance/internal/money"
)

// creditorCheck checks the settings of a creditor and brings them to their canonical form. Its problems carry the path of the
// key in Column.
type creditorCheck struct {
	creditor *Creditor
	found    Problems
}

func (k *creditorCheck) report(severity Severity, path string, code Code, value, message string) {
	k.found = append(k.found, Problem{Severity: severity, Code: code, Column: path, Value: shown(value), Message: message})
}

func (k *creditorCheck) fail(path string, code Code, value, message string) {
	k.report(Error, path, code, value, message)
}

func (k *creditorCheck) required(path, value, message string) bool {
	if value == "" {
		k.fail(path, MissingKey, "", message)
		return false
	}
	return k.printable(path, value)
}

func (k *creditorCheck) printable(path, value string) bool {
	if strings.ContainsFunc(value, func(c rune) bool { return !unicode.IsPrint(c) && c != '\u00A0' && c != '\u202F' }) {
		k.fail(path, BadText, value, "There is a line break or an invisible character in it: type the value again.")
		return false
	}
	if len([]rune(value)) > maxText {
		k.fail(path, BadText, value, fmt.Sprintf("This is longer than %d characters.", maxText))
		return false
	}
	return true
}

var creditorID = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func (k *creditorCheck) all() {
	c := k.creditor
	if k.required("id", c.ID, "Give the creditor an id, such as “id: comptoir”. It never changes.") && !creditorID.MatchString(c.ID) {
		k.fail("id", BadValue, c.ID, "Write lower-case letters, digits and hyphens, at most 63, beginning and ending with a letter or digit.")
	}
	k.required("legal_name", c.LegalName, "Letters and courts need the full legal name.")
	k.address("", &c.Address)
	k.claimant()
	k.language()
	k.timeZone()
	for path, value := range map[string]string{"registration": c.Registration, "tax_id": c.TaxID, "policy": c.Policy} {
		k.printable(path, value)
	}
	if c.Email = k.email("email", c.Email); c.Email == "" && !k.reported("email") {
		k.fail("email", MissingKey, "", "Debtors need an address to write to.")
	}
	c.Phone = k.phone("phone", c.Phone)
	k.url("website", c.Website)
	k.url("payment_url", c.PaymentURL)
	c.Currency = k.currency("currency", c.Currency)
	if !c.RawSignals.Valid() {
		k.fail("raw_signals", BadValue, string(c.RawSignals), "Write trusted, unverified or refused.")
	}
	k.bank()
	k.senders()
	k.agency()
}

func (k *creditorCheck) reported(path string) bool {
	return slices.ContainsFunc(k.found, func(p Problem) bool { return p.Column == path })
}

func (k *creditorCheck) claimant() {
	c := k.creditor
	if c.Claimant == "" {
		c.Claimant = law.CompanyClaimant
	}
	if !c.Claimant.Valid() {
		k.fail("claimant", BadValue, string(c.Claimant), "Write company or individual; a sole trader is an individual. Courts differ.")
	}
}

func (k *creditorCheck) language() {
	c := k.creditor
	if c.Language == "" {
		c.Language = languageOf(c.Address.Country)
		return
	}
	language := parseLanguage(c.Language)
	if language == "" {
		k.fail("language", BadLanguage, c.Language, "Write the language as two letters of ISO 639, such as en, fr or pl.")
	}
	c.Language = language
}

func (k *creditorCheck) timeZone() {
	c := k.creditor
	if c.TimeZone != "" {
		if parseTimeZone(c.TimeZone) == "" {
			k.fail("time_zone", BadTimeZone, c.TimeZone, "Write an IANA time zone such as Europe/Paris or America/New_York.")
		}
		return
	}
	if c.Address.Country == "" {
		return
	}
	loc, err := calendar.ZoneOf(c.Address.Country, c.Address.Region)
	if err != nil {
		k.fail("time_zone", BadTimeZone, "", "The time zone in "+c.Address.Country+" is not certain: name it, for example "+
			"“time_zone: America/New_York”.")
		return
	}
	c.TimeZone = loc.String()
}

// address checks the address whose keys begin with prefix.
func (k *creditorCheck) address(prefix string, a *Address) {
	if k.required(prefix+"country", a.Country, "Name the country as two letters of ISO 3166, such as “country: FR”.") {
		country, advice := parseCountry(a.Country)
		if country == "" {
			k.fail(prefix+"country", BadCountry, a.Country, advice)
		}
		a.Country = country
	}
	if a.Region != "" {
		region := parseRegion(a.Region, a.Country)
		if region == "" {
			k.fail(prefix+"region", BadRegion, a.Region, "Write the part of ISO 3166-2 behind the country, such as NY for New York.")
		}
		a.Region = region
	}
	a.Lines = slices.DeleteFunc(a.Lines, func(line string) bool { return line == "" })
	if len(a.Lines) == 0 {
		k.fail(prefix+"address", MissingKey, "", "Letters need a street address: a list of lines under “address”.")
	}
	for i, line := range a.Lines {
		k.printable(fmt.Sprintf("%saddress[%d]", prefix, i), line)
	}
	k.required(prefix+"city", a.City, "Letters need a city.")
	k.printable(prefix+"postal_code", a.PostalCode)
}

func (k *creditorCheck) email(path, text string) string {
	if text == "" {
		return ""
	}
	email, advice := parseEmail(text)
	if advice != "" {
		k.fail(path, BadEmail, text, advice)
	}
	return email
}

func (k *creditorCheck) phone(path, text string) string {
	if text == "" {
		return ""
	}
	p := parsePhone(text, k.creditor.Address.Country)
	for _, finding := range p.findings {
		// A creditor in examples has a number of fiction and knows it.
		if finding.code != PhoneFiction {
			k.report(finding.severity, path, finding.code, text, finding.message)
		}
	}
	return p.e164
}

func (k *creditorCheck) url(path, text string) {
	if text != "" && !validURL(text, "https") {
		k.fail(path, BadURL, text, "Write the address in full, as in https://pay.example.com: debtors are never sent to an unprotected page.")
	}
}

func (k *creditorCheck) currency(path string, c money.Currency) money.Currency {
	if c == "" {
		return ""
	}
	parsed, err := money.ParseCurrency(strings.ToUpper(string(c)))
	if err != nil {
		k.fail(path, UnknownCurrency, string(c), "This is not a currency of ISO 4217: write three letters such as EUR, PLN, USD or GBP.")
		return ""
	}
	return parsed
}

var alphanumericSender = regexp.MustCompile(`^[A-Za-z0-9 ]{1,11}$`)

func (k *creditorCheck) senders() {
	s := &k.creditor.Senders
	if k.required("senders.email.address", s.Email.Address, "Name the address that e-mail comes from, under “senders: email: address”.") {
		s.Email.Address = k.email("senders.email.address", s.Email.Address)
	}
	k.printable("senders.email.name", s.Email.Name)
	s.Email.Name = cmp.Or(s.Email.Name, k.creditor.LegalName)
	s.Email.ReplyTo = k.email("senders.email.reply_to", s.Email.ReplyTo)
	s.SMS.Number = k.phone("senders.sms.number", s.SMS.Number)
	if name := s.SMS.Alphanumeric; name != "" {
		if !alphanumericSender.MatchString(name) || strings.Trim(name, "0123456789 ") == "" {
			k.fail("senders.sms.alphanumeric", BadSender, name, "Write at most 11 letters, digits and spaces, with a letter among them.")
		}
	}
	for i := range s.Letters {
		prefix := fmt.Sprintf("senders.letters[%d].", i)
		k.address(prefix, &s.Letters[i])
		k.printable(prefix+"name", s.Letters[i].Name)
	}
}

func (k *creditorCheck) agency() {
	a := k.creditor.Agency
	if a == nil {
		return
	}
	k.required("agency.name", a.Name, "Name the agency.")
	if k.required("agency.email", a.Email, "The agency gets its dossiers by e-mail: give its address.") {
		a.Email = k.email("agency.email", a.Email)
	}
	k.printable("agency.reference", a.Reference)
}
