package ledger

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"relance/internal/law"
)

func TestReadCreditor(t *testing.T) {
	t.Parallel()
	c, problems, err := ReadCreditor(bytes.NewReader(example(t, "demo.creditor.yaml")))
	require.NoError(t, err)
	require.Empty(t, problems)
	require.Equal(t, Creditor{
		ID: "comptoir", LegalName: "Comptoir Fictif SAS", Claimant: law.CompanyClaimant,
		Address:  Address{Lines: []string{"8 quai des Exemples"}, PostalCode: "69000", City: "Lyon", Country: "FR"},
		TimeZone: "Europe/Paris", Language: "en", Registration: "RCS Lyon 000 000 000", TaxID: "FR00000000000",
		Email: "compta@comptoir.example.com", Phone: "+33199001000", Website: "https://comptoir.example.com",
		PaymentURL: "https://pay.comptoir.example.com", Currency: "EUR", Policy: "standard", RawSignals: Trusted,
		Bank: []BankAccount{
			{Currency: "EUR", Holder: "Comptoir Fictif SAS", Bank: "Banque Exemple", IBAN: "FR1420041010050500013M02606", BIC: "PSSTFRPPXXX"},
			{Currency: "PLN", Holder: "Comptoir Fictif SAS", Bank: "Bank Przykład", IBAN: "PL61109010140000071219812874"},
			{Currency: "GBP", Holder: "Comptoir Fictif SAS", Bank: "Example Bank", IBAN: "GB29NWBK60161331926819"},
			{Currency: "USD", Holder: "Comptoir Fictif SAS", Bank: "Example Bank", Routing: "999999992", Account: "0009876543"},
		},
		Senders: Senders{
			Email: EmailSender{Name: "Comptoir Fictif", Address: "compta@comptoir.example.com"},
			SMS:   SMSSender{Number: "+12125550110", Alphanumeric: "COMPTOIR"},
			Letters: []Address{
				{Lines: []string{"8 quai des Exemples"}, PostalCode: "69000", City: "Lyon", Country: "FR"},
				{
					Name: "Comptoir Fictif SAS", Lines: []string{"100 Nonesuch Plaza"}, PostalCode: "10000", City: "New York", Region: "NY",
					Country: "US",
				},
			},
		},
		Agency: &Agency{Name: "Recouvrement Exemple SARL", Email: "dossiers@agency.example.com", Reference: "COMPTOIR-01"},
	}, c)

	require.Equal(t, "New York", c.ReturnAddress("US").City)
	require.Equal(t, "Lyon", c.ReturnAddress("PL").City)
	require.Equal(t, "Comptoir Fictif SAS", c.ReturnAddress("PL").Name)
	account, found := c.Account("USD")
	require.True(t, found)
	require.Equal(t, "999999992", account.Routing)
	_, found = c.Account("CHF")
	require.False(t, found)
}

const smallCreditor = `id: a
legal_name: Fictif
address: 1 rue des Exemples
city: Lyon
country: FR
email: a@example.com
bank: [{iban: DE89 3704 0044 0532 0130 00}]
senders: {email: {address: a@example.com}}
`

func TestCreditorDefaults(t *testing.T) {
	t.Parallel()
	c, problems, err := ReadCreditor(strings.NewReader(smallCreditor))
	require.NoError(t, err)
	require.Empty(t, problems)
	require.Equal(t, "fr", c.Language)
	require.Equal(t, "Europe/Paris", c.TimeZone)
	require.Equal(t, law.CompanyClaimant, c.Claimant)
	require.Equal(t, "Fictif", c.Senders.Email.Name)
	require.Equal(t, "Fictif", c.ReturnAddress("FR").Name)
	require.Nil(t, c.Agency)
	account, found := c.Account("CHF")
	require.True(t, found, "an account without a currency serves all")
	require.Equal(t, "Fictif", account.Holder)

	_, _, err = ReadCreditor(iotest.ErrReader(io.ErrClosedPipe))
	require.ErrorIs(t, err, io.ErrClosedPipe)
}

func TestCreditorProblems(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change [2]string
		want   []Code
	}{
		"US without a state":   {[2]string{"country: FR", "country: US"}, []Code{BadTimeZone}},
		"unknown key":          {[2]string{"city: Lyon", "city: Lyon\ncitty: Lyon"}, []Code{UnknownKey}},
		"key twice":            {[2]string{"city: Lyon", "city: Lyon\ncity: Lyon"}, []Code{DuplicateKey}},
		"no bank":              {[2]string{"bank: [{iban: DE89 3704 0044 0532 0130 00}]", ""}, []Code{MissingKey}},
		"two kinds of account": {[2]string{"0130 00}", "0130 00, sort_code: 12-34-56}"}, []Code{MissingKey}},
		"IBAN and account":     {[2]string{"0130 00}", "0130 00, account: 12345}"}, []Code{BadValue}},
		"digits changed":       {[2]string{"DE89 3704 0044", "DE89 3704 0404"}, []Code{BadIBAN}},
		"not an IBAN":          {[2]string{"DE89 3704 0044 0532 0130 00", "12345"}, []Code{BadIBAN}},
		"UK account":           {[2]string{"iban: DE89 3704 0044 0532 0130 00", "sort_code: 12-34-56, account: 12345678"}, nil},
		"UK without account":   {[2]string{"iban: DE89 3704 0044 0532 0130 00", "sort_code: 12-34-5"}, []Code{BadRouting, BadValue}},
		"agency without name":  {[2]string{"city: Lyon", "city: Lyon\nagency: {email: b@example.com}"}, []Code{MissingKey}},
		"agency left empty":    {[2]string{"city: Lyon", "city: Lyon\nagency:"}, nil},
		"long name":            {[2]string{"Fictif", strings.Repeat("x", 201)}, []Code{BadText}},
		"name in two lines":    {[2]string{"legal_name: Fictif", "legal_name: \"Fic\\ntif\""}, []Code{BadText}},
		"bank as a word":       {[2]string{"[{iban: DE89 3704 0044 0532 0130 00}]", "x"}, []Code{WrongType, MissingKey}},
		"number not assigned":  {[2]string{"city: Lyon", "city: Lyon\nphone: +48 000 111 222"}, []Code{PhoneNotInService}},
		"letters elsewhere":    {[2]string{"{email:", "{letters: [{address: [x], country: US}], email:"}, []Code{MissingKey}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, smallCreditor, test.change[0])
			_, problems, err := ReadCreditor(strings.NewReader(strings.Replace(smallCreditor, test.change[0], test.change[1], 1)))
			require.NoError(t, err)
			require.ElementsMatch(t, test.want, codes(problems), problems)
			for _, p := range problems {
				require.Positive(t, p.Line, p)
				require.Positive(t, p.Char, p)
			}
		})
	}
}

func TestRoutingNumbers(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]bool{
		"999999992": true, "999999991": false, "99999999": false, "000000000": false, "99999999x": false,
	} {
		require.Equal(t, want, validRouting(number), number)
	}
}
