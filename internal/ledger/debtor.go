package ledger

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/law"
)

func (r *rowReader) debtor() {
	d := &r.row.Debtor
	d.ExternalID = r.id(FieldDebtorID, "The customer has no id. Fill the column; the same customer has the same id on every row.")
	if name, ok := r.required(FieldName, "The customer has no name: a letter needs one."); ok && r.printable(FieldName, name, maxText) {
		d.Name = name
	}
	r.kind(d)
	r.place(d)
	r.language(d)
	r.timeZone(d)
	r.reachable(d)
	d.TaxID, _ = r.text(FieldTaxID, maxID)
}

func (r *rowReader) kind(d *Debtor) {
	text, ok := r.required(FieldKind, "Say whether the customer is a consumer, a sole_trader or a company: the law differs.")
	if !ok {
		return
	}
	kind := law.DebtorKind(strings.ReplaceAll(strings.ToLower(text), " ", "_"))
	if !kind.Valid() {
		r.fail(FieldKind, BadKind, text, "Write consumer, sole_trader or company, or translate this value under “values” of the mapping.")
		return
	}
	d.Kind = kind
}

func (r *rowReader) place(d *Debtor) {
	if text, ok := r.required(FieldCountry, "The customer has no country: the law and the time zone depend on it."); ok {
		country, advice := parseCountry(text)
		if country == "" {
			r.fail(FieldCountry, BadCountry, text, advice)
		}
		d.Country = country
	}
	if text, ok := r.value(FieldRegion); ok && text != "" {
		region := parseRegion(text, d.Country)
		if region == "" {
			r.fail(FieldRegion, BadRegion, text, "Write the part of ISO 3166-2 behind the country, such as NY for New York or SCT for "+
				"Scotland, or leave it empty.")
		}
		d.Region = region
	}
	for _, f := range []Field{FieldAddress, FieldAddress2} {
		text, ok := r.value(f)
		if !ok {
			continue
		}
		for line := range strings.Lines(text) {
			if line = tidy(line); line != "" && r.printable(f, line, maxText) {
				d.Address = append(d.Address, line)
			}
		}
	}
	d.PostalCode, _ = r.text(FieldPostalCode, maxPostalCode)
	d.City, _ = r.text(FieldCity, maxText)
}

const maxPostalCode = 16

// parseCountry reads an ISO 3166-1 alpha-2 code. On failure it returns "" and says what to write.
func parseCountry(text string) (country, advice string) {
	const write = "Write the country as two letters of ISO 3166, such as FR, PL, US, GB or DE."
	code := strings.ToUpper(text)
	if code == "UK" {
		return "", "The code of the United Kingdom is GB."
	}
	region, err := language.ParseRegion(code)
	if err != nil || !region.IsCountry() || region.Canonicalize() != region {
		return "", write
	}
	if region.String() != code {
		return "", "Write " + region.String() + ": a country is two letters of ISO 3166."
	}
	return code, ""
}

var regionCode = regexp.MustCompile(`^[A-Z0-9]{1,3}$`)

// parseRegion reads the suffix of an ISO 3166-2 code, with or without its country. It returns "" when text is neither.
func parseRegion(text, country string) string {
	code := strings.ToUpper(text)
	if country != "" {
		code = strings.TrimPrefix(code, country+"-")
	}
	if !regionCode.MatchString(code) {
		return ""
	}
	if country == "US" {
		if _, err := calendar.ZoneOf(country, code); err != nil {
			return ""
		}
	}
	return code
}

// languageOf is the language of messages to a country whose ledger names none: that of the people where one is spoken by
// nearly all, English otherwise.
func languageOf(country string) string {
	switch country {
	case "FR", "MC":
		return "fr"
	case "PL":
		return "pl"
	}
	return "en"
}

func (r *rowReader) language(d *Debtor) {
	text, ok := r.value(FieldLanguage)
	if !ok || text == "" {
		return
	}
	if d.Language = parseLanguage(text); d.Language == "" {
		r.fail(FieldLanguage, BadLanguage, text, "Write the language as two letters of ISO 639, such as en, fr or pl.")
		return
	}
	if len(r.options.Languages) > 0 && !slices.Contains(r.options.Languages, d.Language) {
		r.warn(FieldLanguage, UnsupportedLanguage, text, "Messages are written in "+strings.Join(r.options.Languages, ", ")+
			"; this customer will be written to in English.")
	}
}

// parseLanguage reads a language tag such as fr or pl-PL and returns its ISO 639-1 code, "" when there is none.
func parseLanguage(text string) string {
	tag, err := language.Parse(text)
	if err != nil {
		return ""
	}
	base, confidence := tag.Base()
	if confidence != language.Exact || len(base.String()) != 2 {
		return ""
	}
	return base.String()
}

func (r *rowReader) timeZone(d *Debtor) {
	text, ok := r.value(FieldTimeZone)
	if !ok {
		return
	}
	if text != "" {
		if d.TimeZone = parseTimeZone(text); d.TimeZone == "" {
			r.fail(FieldTimeZone, BadTimeZone, text, "Write an IANA time zone such as Europe/Paris or America/New_York.")
		}
		return
	}
	if d.Country == "" {
		return
	}
	if _, err := calendar.ZoneOf(d.Country, d.Region); err != nil {
		r.fail(FieldTimeZone, BadTimeZone, "", "The time zone in "+d.Country+" is not certain: fill “region” with the state or province, "+
			"or “time_zone” with an IANA name such as America/New_York.")
	}
}

// complete fills in what the ledger may leave to us: only once all rows of the debtor have spoken, so that an empty cell on one
// row never argues with a value on another.
func (d *Debtor) complete() {
	if d.Language == "" {
		d.Language = languageOf(d.Country)
	}
	if d.TimeZone != "" {
		return
	}
	if loc, err := calendar.ZoneOf(d.Country, d.Region); err == nil {
		d.TimeZone = loc.String()
	}
}

// parseTimeZone returns the IANA name, "" when there is none. Abbreviations such as EST know no daylight saving: refused.
func parseTimeZone(text string) string {
	if text != "UTC" && !strings.Contains(text, "/") {
		return ""
	}
	if _, err := time.LoadLocation(text); err != nil {
		return ""
	}
	return text
}

func (r *rowReader) reachable(d *Debtor) {
	if text, ok := r.value(FieldEmail); ok && text != "" {
		email, advice := parseEmail(text)
		if advice != "" {
			r.fail(FieldEmail, BadEmail, text, advice)
		}
		d.Email = email
	}
	if text, ok := r.value(FieldPhone); ok && text != "" {
		d.Phone = r.phone(text, d.Country)
	}
	if text, ok := r.value(FieldPreferredChannel); ok && text != "" {
		channel := collection.Channel(strings.ToLower(text))
		if !channel.Valid() {
			r.fail(FieldPreferredChannel, BadChannel, text, "Write email, sms, phone or post, or leave it empty.")
		} else {
			d.PreferredChannel = channel
		}
	}
	if text, ok := r.value(FieldContactHours); ok && text != "" {
		hours, err := calendar.ParseHours(strings.Join(strings.Fields(text), " "))
		if err != nil {
			r.fail(FieldContactHours, BadHours, text, "Write hours and days as in 09:00-18:00 Mon-Fri, or always.")
			return
		}
		d.ContactHours = hours
	}
}

func (r *rowReader) phone(text, country string) string {
	p := r.phones.parse(text, country)
	for _, finding := range p.findings {
		if finding.code == PhoneFiction && r.options.Fiction {
			continue
		}
		r.report(finding.severity, FieldPhone, finding.code, text, finding.message)
	}
	return p.e164
}
