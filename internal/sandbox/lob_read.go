package sandbox

import (
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// lobLetter is Lob's letter resource. It has no url, because there is nothing to download from Lob.
type lobLetter struct {
	ID                   string            `json:"id"`
	Description          *string           `json:"description"`
	Metadata             map[string]string `json:"metadata"`
	To                   lobAddress        `json:"to"`
	From                 lobAddress        `json:"from"`
	Color                bool              `json:"color"`
	DoubleSided          bool              `json:"double_sided"`
	AddressPlacement     string            `json:"address_placement"`
	ExtraService         *string           `json:"extra_service,omitempty"`
	MailType             string            `json:"mail_type"`
	UseType              *string           `json:"use_type"`
	Carrier              string            `json:"carrier"`
	TrackingNumber       *string           `json:"tracking_number"`
	TrackingEvents       []any             `json:"tracking_events"`
	Status               string            `json:"status"`
	SendDate             string            `json:"send_date"` // business clock
	ExpectedDeliveryDate string            `json:"expected_delivery_date"`
	DateCreated          string            `json:"date_created"` // wall time
	DateModified         string            `json:"date_modified"`
	Deleted              bool              `json:"deleted,omitempty"`
	Object               string            `json:"object"`
}

// lobAddress is an address as Lob repeats it: in capitals, the country in words.
type lobAddress struct {
	ID           string            `json:"id"`
	Description  *string           `json:"description"`
	Name         *string           `json:"name"`
	Company      *string           `json:"company"`
	Line1        string            `json:"address_line1"`
	Line2        *string           `json:"address_line2"`
	City         *string           `json:"address_city"`
	State        *string           `json:"address_state"`
	Zip          *string           `json:"address_zip"`
	Country      string            `json:"address_country"`
	Metadata     map[string]string `json:"metadata"`
	DateCreated  string            `json:"date_created"`
	DateModified string            `json:"date_modified"`
	Object       string            `json:"object"`
}

const (
	lobTime = "2006-01-02T15:04:05.000Z"
	// deliveryDays is how long a letter is expected to take.
	deliveryDays = 5
)

func (s *Server) letter(e *Entry) lobLetter {
	at, l := e.ReceivedAt.Format(lobTime), e.Letter
	metadata := e.Tags
	if metadata == nil {
		metadata = map[string]string{}
	}
	return lobLetter{
		ID: e.ProviderID, Description: orNull(e.Subject), Metadata: metadata,
		To: s.lobAddress(e, "to", l.To), From: s.lobAddress(e, "from", l.From),
		Color: l.Color, DoubleSided: l.DoubleSided, AddressPlacement: l.Placement, ExtraService: orNull(l.Service),
		MailType: l.MailType, UseType: orNull(l.UseType), Carrier: "USPS", TrackingNumber: orNull(l.Tracking),
		TrackingEvents: []any{}, Status: "processed", SendDate: l.SendDate.Format(lobTime),
		ExpectedDeliveryDate: l.SendDate.AddDate(0, 0, deliveryDays).Format(time.DateOnly),
		DateCreated:          at, DateModified: at, Deleted: e.Canceled, Object: "letter",
	}
}

func (s *Server) lobAddress(e *Entry, which string, a Address) lobAddress {
	at := e.ReceivedAt.Format(lobTime)
	upper := func(text string) *string { return orNull(strings.ToUpper(text)) }
	return lobAddress{
		ID: "adr_" + hexID("address-"+which, e.Seq, e.Reference, 16), Name: upper(a.Name), Company: upper(a.Company),
		Line1: strings.ToUpper(a.Line1), Line2: upper(a.Line2), City: upper(a.City), State: upper(a.State), Zip: upper(a.Zip),
		Country: lobCountry(a.Country), Metadata: map[string]string{}, DateCreated: at, DateModified: at, Object: "address",
	}
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// lobCountries are the names that Lob spells its own way.
var lobCountries = map[string]string{
	"": "UNITED STATES", "AG": "ANTIGUA AND BARBUDA", "AN": "NETHERLAND ANTILLES", "BA": "BOSNIA AND HERZEGOVINA",
	"BN": "BRUNEI DARUSSALAM", "BO": "BOLIVIA (PLURINATIONAL STATE OF)", "BQ": "BONAIRE, SAINT EUSTATIUS AND SABA",
	"BS": "THE BAHAMAS", "CD": "CONGO, DEMOCRATIC REPUBLIC OF THE", "CG": "CONGO", "CI": "CÔTE D'IVOIRE", "CS": "SERBIA",
	"CV": "CABO VERDE", "CZ": "CZECH REPUBLIC", "FK": "FALKLAND ISLANDS (MALVINAS)",
	"GS": "SOUTH GEORGIA AND THE SOUTH SANDWICH ISLANDS", "HK": "HONG KONG", "IR": "IRAN (ISLAMIC REPUBLIC OF)",
	"KN": "SAINT KITTS AND NEVIS", "KP": "KOREA (DEMOCRATIC PEOPLE’S REPUBLIC OF)", "KR": "KOREA, REPUBLIC OF",
	"LA": "LAO PEOPLE’S DEMOCRATIC REPUBLIC", "LC": "SAINT LUCIA", "MD": "MOLDOVA, REPUBLIC OF", "MM": "MYANMAR", "MO": "MACAO",
	"PN": "PITCAIRN", "RU": "RUSSIAN FEDERATION", "SH": "SAINT HELENA", "ST": "SAO TOME AND PRINCIPE",
	"SY": "SYRIAN ARAB REPUBLIC", "SZ": "ESWATINI", "TC": "TURKS AND CAICOS ISLANDS", "TT": "TRINIDAD AND TOBAGO",
	"VA": "HOLY SEE", "VC": "SAINT VINCENT AND THE GRENADINES", "VN": "VIET NAM",
}

func lobCountry(code string) string {
	if name, found := lobCountries[code]; found {
		return name
	}
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	return strings.ToUpper(display.English.Regions().Name(region))
}

func (s *Server) letterRead(w http.ResponseWriter, r *http.Request) {
	e, ok := s.findLetter(w, r, s.ops.letterRead)
	if !ok {
		return
	}
	s.perform(w, r, s.lob(), CallLookup, recipientsOf(e), func(f Fault) answer {
		if e == nil || f.Mode == ModeBlind {
			return s.lob().unknown(r.Method, r.URL.Path)
		}
		return answer{status: http.StatusOK, body: s.letter(e)}
	})
}

// letterCancel works until the send date, on the business clock: the debtor's letter is printed then.
func (s *Server) letterCancel(w http.ResponseWriter, r *http.Request) {
	e, ok := s.findLetter(w, r, s.ops.letterCancel)
	if !ok {
		return
	}
	s.perform(w, r, s.lob(), CallCancel, recipientsOf(e), func(Fault) answer {
		if e == nil {
			return s.lob().unknown(r.Method, r.URL.Path)
		}
		_, done, err := s.ledger.cancel(e.Seq, func(e *Entry, now time.Time) bool { return now.Before(e.Letter.SendDate) })
		if err != nil {
			return s.lost(s.lob(), err)
		}
		if !done {
			return lobSays(http.StatusUnprocessableEntity, "not_deletable", "This letter has been cancelled already or its send_date has passed")
		}
		return answer{status: http.StatusOK, body: map[string]any{"id": e.ProviderID, "deleted": true}}
	})
}

// findLetter validates a request about one letter. The letter is nil when there is none.
func (s *Server) findLetter(w http.ResponseWriter, r *http.Request, op operation) (*Entry, bool) {
	id := r.PathValue("id")
	body, ok := s.beginLob(w, r)
	if !ok || !s.kept(w, s.lob(), op, op.check(r, map[string]string{"ltr_id": id}, body)) {
		return nil, false
	}
	for _, e := range s.ledger.withID(id) {
		if e.Provider == Lob && e.Account == lobAccount(r) {
			return e, true
		}
	}
	return nil, true
}

func recipientsOf(e *Entry) []string {
	if e == nil {
		return nil
	}
	return []string{e.ToName, e.To}
}
