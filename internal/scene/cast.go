package scene

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/intake"
	"relance/internal/law"
	"relance/internal/ledger"
	"relance/internal/money"
	"relance/internal/policy"
)

// Creditor is the id of the usual creditor.
const Creditor = "acme"

// Company is the usual creditor: fictional, in France, with a return address in the United States and an agency.
func Company() ledger.Creditor {
	return ledger.Creditor{
		ID: Creditor, LegalName: "Acme Fictive SAS", Claimant: law.CompanyClaimant,
		Address:  ledger.Address{Lines: []string{"8 quai des Exemples"}, PostalCode: "69000", City: "Lyon", Country: "FR"},
		TimeZone: "Europe/Paris", Language: "en", Email: "office@acme.example.com", Phone: "+33199001000",
		PaymentURL: "https://pay.acme.example.com", Currency: "EUR", Policy: "brisk",
		Bank: []ledger.BankAccount{
			{Currency: "EUR", Bank: "Banque Exemple", IBAN: "FR1420041010050500013M02606", BIC: "PSSTFRPPXXX"},
			{Currency: "USD", Bank: "Example Bank", Routing: "999999992", Account: "0009876543"},
		},
		Senders: ledger.Senders{
			Email: ledger.EmailSender{Name: "Acme Fictive", Address: "office@acme.example.com"},
			SMS:   ledger.SMSSender{Number: "+12125550110", Alphanumeric: "ACME"},
			Letters: []ledger.Address{
				{Lines: []string{"8 quai des Exemples"}, PostalCode: "69000", City: "Lyon", Country: "FR"},
				{Name: "Acme Fictive SAS", Lines: []string{"100 Nonesuch Plaza"}, PostalCode: "10000", City: "New York", Region: "NY", Country: "US"},
			},
		},
		Agency: &ledger.Agency{Name: "Agence Exemple SARL", Email: "dossiers@agency.example.com", Reference: "ACME-01"},
	}
}

func (s *Scene) company(o Options) {
	s.Helper()
	for _, name := range policy.Names() {
		_, body, err := policy.Builtin(name)
		require.NoError(s, err)
		s.Publish(name, string(body))
	}
	trust := ledger.Trust(o.Trust)
	if trust == "" {
		trust = ledger.Trusted
	}
	require.NoError(s, s.Desk.ApplyCreditor(s.Context(), Company(), trust))
}

// Publish publishes a policy.
func (s *Scene) Publish(name, body string) {
	s.Helper()
	_, err := s.Desk.PublishPolicy(s.Context(), name, []byte(body))
	require.NoError(s, err)
}

// Ladder publishes the policy "ladder", whose steps are of these kinds, a day apart from the day after the due date on. What
// a policy must have before a letter or a referral is put before them; the only route of a referral is the agency.
func (s *Scene) Ladder(kinds ...collection.StepKind) {
	s.Helper()
	for _, needs := range [][2]collection.StepKind{
		{collection.Referral, collection.CertifiedLetter}, {collection.CertifiedLetter, collection.EscalationNotice},
	} {
		if at := slices.Index(kinds, needs[0]); at >= 0 && !slices.Contains(kinds, needs[1]) {
			kinds = slices.Insert(slices.Clone(kinds), at, needs[1])
		}
	}
	body := "name: ladder\nmin_gap: 1d\ngrace: 3d\nreview: 14d\nsteps:\n"
	tones := map[collection.StepKind]string{
		collection.EmailReminder: ", tone: friendly", collection.SMSReminder: ", tone: friendly", collection.EscalationNotice: ", tone: firm", collection.CertifiedLetter: ", tone: final",
	}
	for i, k := range kinds {
		body += "  - {id: " + StepOf(kinds, i) + ", kind: " + string(k) + ", after: " + collection.Days(i+1).String() + tones[k] + "}\n"
	}
	if slices.Contains(kinds, collection.Referral) {
		body += "routes:\n  - {to: agency}\n"
	}
	s.Publish("ladder", body)
}

// StepOf is the name of the i-th rung of a ladder.
func StepOf(kinds []collection.StepKind, i int) string {
	return fmt.Sprintf("%s_%c", kinds[i], 'a'+i)
}

// Euro is an amount in cents.
func Euro(cents int64) money.Amount { return money.Amount{Minor: cents, Currency: "EUR"} }

// Day makes a date.
func Day(text string) calendar.Date {
	d, err := calendar.ParseDate(text)
	if err != nil {
		panic(err) // a mistake of the test
	}
	return d
}

// Invoice is the usual invoice: 1,200.00 EUR, due on 2026-02-04, owed by a French company that has everything.
func Invoice(number string) intake.Invoice {
	return intake.Invoice{Creditor: Creditor, Enter: intake.EnterFirst, Row: ledger.Row{
		Number: number, IssuedOn: Day("2026-01-05"), DueOn: Day("2026-02-04"), Amount: Euro(120000), Debtor: Debtor("D-" + number),
	}}
}

// Debtor is the usual debtor.
func Debtor(id string) ledger.Debtor {
	return ledger.Debtor{
		ExternalID: id, Name: "Atelier Fictif SARL", Kind: law.Company, Language: "fr", Country: "FR", Address: []string{"12 rue des Exemples"},
		PostalCode: "69000", City: "Lyon", TimeZone: "Europe/Paris", Email: id + "@atelier.example.com", Phone: "+33639981001",
	}
}

// American makes the debtor of an invoice one whom the letter provider reaches.
func American(in *intake.Invoice) {
	d := &in.Row.Debtor
	d.Name, d.Language, d.Country, d.Region = "Example Works Inc", "en", "US", "NY"
	d.Address, d.PostalCode, d.City, d.TimeZone, d.Phone = []string{"100 Nonesuch Street"}, "10001", "New York", "America/New_York", "+12125550123"
	in.Row.Amount.Currency = "USD"
}

// Policy has an invoice follow another policy.
func Policy(name string) func(*intake.Invoice) {
	return func(in *intake.Invoice) { in.Policy = name }
}

// Amount makes it another amount, in minor units of the invoice's currency.
func Amount(minor int64) func(*intake.Invoice) {
	return func(in *intake.Invoice) { in.Row.Amount.Minor = minor }
}

// NoEmail takes the email address away.
func NoEmail(in *intake.Invoice) { in.Row.Debtor.Email = "" }

// NoPhone takes the telephone number away.
func NoPhone(in *intake.Invoice) { in.Row.Debtor.Phone = "" }

// NoAddress takes the postal address away.
func NoAddress(in *intake.Invoice) {
	in.Row.Debtor.Address, in.Row.Debtor.PostalCode, in.Row.Debtor.City = nil, "", ""
}

// Register registers an invoice.
func (s *Scene) Register(number string, changes ...func(*intake.Invoice)) uuid.UUID {
	s.Helper()
	in := Invoice(number)
	for _, change := range changes {
		change(&in)
	}
	done, err := s.Desk.Register(s.Context(), []intake.Invoice{in})
	require.NoError(s, err)
	require.Len(s, done, 1)
	return done[0].ID
}

// Open registers an invoice and turns it into a case, whose id it returns.
func (s *Scene) Open(number string, changes ...func(*intake.Invoice)) uuid.UUID {
	s.Helper()
	id := s.Register(number, changes...)
	require.NoError(s, s.Work.Open(s.Context(), id))
	return collection.CaseID(id)
}

// Pay records a payment of so many cents of the invoice's currency; 0 is all that is owed.
func (s *Scene) Pay(number, reference string, cents int64) intake.Receipt {
	s.Helper()
	r, err := s.Desk.Pay(s.Context(), s.Payment(number, reference, cents))
	require.NoError(s, err)
	return r
}

// Payment is a payment of so many cents.
func (s *Scene) Payment(number, reference string, cents int64) intake.Payment {
	p := intake.Payment{Creditor: Creditor, Invoice: number, Reference: reference, Source: intake.FromStaff}
	if cents != 0 {
		var currency string
		require.NoError(s, s.DB.QueryRow(s.Context(), "select currency from invoice where number = $1", number).Scan(&currency))
		p.Amount = &money.Amount{Minor: cents, Currency: money.Currency(currency)}
	}
	return p
}

// Hold puts a case on hold until somebody releases it.
func (s *Scene) Hold(number string) intake.Receipt {
	s.Helper()
	r, err := s.Desk.Hold(s.Context(), intake.Block{Creditor: Creditor, Invoice: number, Reason: collection.OnHold})
	require.NoError(s, err)
	return r
}

// Release ends every block of a case.
func (s *Scene) Release(number string) intake.Receipt {
	s.Helper()
	r, err := s.Desk.Release(s.Context(), Creditor, number, "", "")
	require.NoError(s, err)
	return r
}

// Agree records instalments: equal parts, a week apart, the first one a week from now.
func (s *Scene) Agree(number string, parts int) intake.Receipt {
	s.Helper()
	first := calendar.DateOf(s.Now(), Paris()).AddDays(7)
	r, err := s.Desk.Agree(s.Context(), intake.Agreement{
		Creditor: Creditor, Invoice: number, Schedule: ledger.Schedule{Count: parts, First: first, Days: 7}, Source: intake.FromStaff,
	})
	require.NoError(s, err)
	return r
}

// Settings changes the creditor's settings.
func (s *Scene) Settings(change func(*ledger.Creditor)) {
	s.Helper()
	c := Company()
	change(&c)
	require.NoError(s, s.Desk.ApplyCreditor(s.Context(), c, ledger.Trusted))
}
