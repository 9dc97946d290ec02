package ledger

// Field is a canonical column: what a ledger can say about an invoice and its debtor. It is also the header of the column
// that is read when no mapping names another one.
type Field string

// The fields. [Fields] explains each.
const (
	FieldNumber           Field = "invoice_number"
	FieldIssuedOn         Field = "issued_on"
	FieldDueOn            Field = "due_on"
	FieldAmount           Field = "amount"
	FieldCurrency         Field = "currency"
	FieldDebtorID         Field = "debtor_id"
	FieldName             Field = "debtor_name"
	FieldKind             Field = "debtor_kind"
	FieldLanguage         Field = "language"
	FieldCountry          Field = "country"
	FieldRegion           Field = "region"
	FieldAddress          Field = "address"
	FieldAddress2         Field = "address_2"
	FieldPostalCode       Field = "postal_code"
	FieldCity             Field = "city"
	FieldTimeZone         Field = "time_zone"
	FieldEmail            Field = "email"
	FieldPhone            Field = "phone"
	FieldPreferredChannel Field = "preferred_channel"
	FieldContactHours     Field = "contact_hours"
	FieldTaxID            Field = "tax_id"
	FieldPolicy           Field = "policy"
	FieldInvoiceFile      Field = "invoice_file"
	FieldContractFile     Field = "contract_file"
	FieldDeliveryFile     Field = "delivery_proof_file"
	FieldOtherFile        Field = "other_file"
	FieldSettledOn        Field = "settled_on"
	FieldDisputed         Field = "disputed"
)

// FieldInfo explains a field to the person who writes a mapping.
type FieldInfo struct {
	Field    Field  `json:"field"`
	Required bool   `json:"required"`
	Meaning  string `json:"meaning"`
	Example  string `json:"example"`
}

// Fields lists every field with a one-line meaning, in the order of a helpful header row.
func Fields() []FieldInfo {
	return []FieldInfo{
		{FieldNumber, true, "the invoice number, unique for the creditor; leading zeros matter", "F-2026-0001"},
		{FieldIssuedOn, true, "the day the invoice was issued", "2026-01-05"},
		{FieldDueOn, true, "the day payment was due; not before the issue date", "2026-02-04"},
		{FieldAmount, true, "the amount invoiced, greater than zero", "1250.00"},
		{FieldCurrency, true, "its currency, ISO 4217", "EUR"},
		{FieldDebtorID, true, "your id of the customer: letters and digits, no e-mail address", "C-0042"},
		{FieldName, true, "the customer's name, as letters should address it", "Atelier Fictif SARL"},
		{FieldKind, true, "consumer, sole_trader or company: the law differs", "company"},
		{FieldCountry, true, "the customer's country, ISO 3166 two letters", "FR"},
		{FieldLanguage, false, "the language of messages, two letters; default: fr in France, pl in Poland, else en", "fr"},
		{FieldRegion, false, "US state, UK nation or other ISO 3166-2 part; picks time zone and court", "NY"},
		{FieldAddress, false, "street address, line breaks allowed", "12 rue des Exemples"},
		{FieldAddress2, false, "second line of the address", "Bâtiment B"},
		{FieldPostalCode, false, "postal code; picks the court where the region is empty", "69002"},
		{FieldCity, false, "city", "Lyon"},
		{FieldTimeZone, false, "IANA time zone; default: that of the country, in the US of the state", "Europe/Paris"},
		{FieldEmail, false, "one e-mail address", "billing@example.com"},
		{FieldPhone, false, "one phone number, international or as dialled in the customer's country", "+33 1 99 00 12 34"},
		{FieldPreferredChannel, false, "email, sms, phone or post, if the customer asked for one", "email"},
		{FieldContactHours, false, "when the customer may be contacted, if not 09:00-18:00 Mon-Fri", "10:00-16:00 Mon-Thu"},
		{FieldTaxID, false, "VAT or tax id, printed on letters", "FR00000000000"},
		{FieldPolicy, false, "the policy that collects this invoice, if not the creditor's own", "gentle"},
		{FieldInvoiceFile, false, "the invoice itself: path beside the CSV or https address; several with |", "documents/F-1.pdf"},
		{FieldContractFile, false, "contract or accepted terms, likewise", "documents/contract.pdf"},
		{FieldDeliveryFile, false, "proof of delivery, likewise", "https://example.com/pod.pdf"},
		{FieldOtherFile, false, "any other document, likewise", ""},
		{FieldSettledOn, false, "replay of an old ledger only: the day it was really paid", "2026-02-20"},
		{FieldDisputed, false, "replay of an old ledger only: true when the customer disputed it", "false"},
	}
}

// alsoCalled are headers that other systems give to the required fields. They are suggested, never taken: a "date" may be any.
var alsoCalled = map[Field][]string{
	FieldNumber:   {"invoice number", "invoice no", "number", "reference"},
	FieldIssuedOn: {"invoice date", "issue date", "date", "document date"},
	FieldDueOn:    {"due date", "due", "maturity"},
	FieldAmount:   {"invoice amount", "total", "amount due", "open amount"},
	FieldCurrency: {"currency code", "cur"},
	FieldDebtorID: {"customer id", "customer number", "client id", "account"},
	FieldName:     {"customer name", "name", "client", "company name"},
	FieldKind:     {"customer type", "type", "kind"},
	FieldCountry:  {"country code"},
}

// suggestHeader returns a sentence that names the header which was most likely meant for a field, or "".
func suggestHeader(f Field, wanted string, headers []string) string {
	for _, name := range append([]string{wanted}, alsoCalled[f]...) {
		if sentence := didYouMean(name, headers); sentence != "" {
			return sentence
		}
	}
	return ""
}

func knownField(name string) bool {
	for _, f := range Fields() {
		if string(f.Field) == name {
			return true
		}
	}
	return false
}

func fieldNames() []string {
	names := make([]string, 0, len(Fields()))
	for _, f := range Fields() {
		names = append(names, string(f.Field))
	}
	return names
}
