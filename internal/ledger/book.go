package ledger

import (
	"relance/internal/calendar"
	"relance/internal/collection"
	"relance/internal/law"
	"relance/internal/money"
)

// Book is a ledger as it was read: the rows that may be imported and everything that is wrong with the rest.
type Book struct {
	// Rows are the usable ones in the order of the file: those without an error. They may be imported although other rows
	// have errors, if the person who brought the file says so.
	Rows []Row
	// Problems of every row and column, in the order of the file.
	Problems Problems
	// Total is the number of rows in the file, the usable and the others; blank ones and the header do not count.
	Total int
	// Encoding and Delimiter are how the file was read.
	Encoding  Encoding
	Delimiter byte
}

// Row is one invoice.
type Row struct {
	// Row is where it stands in a spreadsheet (the header is row 1), Line in a text editor.
	Row, Line int
	Number    string
	// Debtor holds what the usable rows of this debtor say together: the first value of each field.
	Debtor     Debtor
	IssuedOn   calendar.Date
	DueOn      calendar.Date
	Amount     money.Amount
	Documents  []Document
	Policy     string // "" is the creditor's own
	Settlement Settlement
}

// Debtor is the customer of a row. Empty strings are unknown.
type Debtor struct {
	ExternalID string
	Name       string
	Kind       law.DebtorKind
	Language   string   // ISO 639-1, never empty
	Country    string   // ISO 3166-1 alpha-2
	Region     string   // suffix of ISO 3166-2
	Address    []string // lines of the street address
	PostalCode string
	City       string
	TimeZone   string // IANA name, never empty
	Email      string
	Phone      string // E.164
	// PreferredChannel is "" when the customer asked for none.
	PreferredChannel collection.Channel
	ContactHours     calendar.Hours // zero: the default hours
	TaxID            string
}

// DocumentKind says what a document proves.
type DocumentKind string

// The kinds of document.
const (
	InvoiceDocument       DocumentKind = "invoice"
	ContractDocument      DocumentKind = "contract"
	DeliveryProofDocument DocumentKind = "delivery_proof"
	OtherDocument         DocumentKind = "other"
)

// Document is a file that belongs to an invoice.
type Document struct {
	Kind DocumentKind
	// Location is an https (or http) address when Remote, else a path; relative paths start at the folder of the CSV file.
	Location string
	Remote   bool
}

// Settlement is what an old ledger knows about the end of an invoice. Only a replay reads it.
type Settlement struct {
	SettledOn calendar.Date // zero: never settled
	Disputed  bool
}

// Options of reading.
type Options struct {
	// Fiction says that telephone numbers reserved for fiction are expected, as in the demo; otherwise they draw a warning.
	Fiction bool
	// Languages are those that messages are written in; a debtor with another one draws a warning. None: no warning.
	Languages []string
	// DocumentExists looks up a document given by path, as it stands in the file. Nil: paths are not looked up.
	DocumentExists func(path string) bool
	// Progress is called now and then with the bytes of text that have been read and their total.
	Progress func(done, total int64)
	// MaxBytes is the size of the largest file that is read; 0 is 256 MiB.
	MaxBytes int64
}

const defaultMaxBytes = 256 << 20
