package law

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// Jurisdiction finds whose law and courts an address is under: "FR", "PL", "US-NY", "GB-EAW" (England and Wales), "GB-SCT",
// "GB-NIR", "CA-ON", "AU-NSW". Country is ISO 3166-1 alpha-2, region the suffix of ISO 3166-2 with or without the country
// before it; letters may be small.
//
// The United States, the United Kingdom, Canada and Australia divide into jurisdictions. For them the region decides where
// it is a known one, else the postcode: USPS three-digit prefixes, UK postcode areas, Canadian forward sortation areas,
// Australian ranges. It is not ok, so that a person decides, when
//   - region and postcode name two different jurisdictions,
//   - neither names one, or the postcode is of a place on both sides of a border (TD12 and TD15 around Berwick) and no
//     region is given,
//   - the country is unknown.
//
// A few UK and US postcodes reach over a border with a handful of addresses (DG14, DG16, TD5, TD8, TD9, CA6; some rural
// ZIP codes); for those the area's own side is taken unless a region says otherwise. The Channel Islands and the Isle of Man
// are countries of their own (JE, GG, IM), not parts of GB. The tables are data/postcodes.csv and data/countries.txt.
func Jurisdiction(country, region, postcode string) (code string, ok bool) {
	country = canonical(country)
	if !shipped.countries[country] {
		return "", false
	}
	regions, divided := shipped.regions[country]
	if !divided {
		return country, true
	}
	named := strings.TrimPrefix(canonical(region), country+"-")
	if country == "GB" && (named == "ENG" || named == "WLS") {
		named = "EAW" // two nations, one jurisdiction
	}
	located := locate(country, postcode)
	switch {
	case !regions[named]:
		named = located
	case located != "" && located != named:
		return "", false
	}
	if named == "" {
		return "", false
	}
	return country + "-" + named, true
}

func canonical(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

// postcodeRange maps all postcodes, or beginnings of postcodes, of one length from one to another to a region.
type postcodeRange struct {
	from, to string
	region   string // nowhere: the codes lie in more than one region, or outside all
}

// nowhere marks ranges that name no single region.
const nowhere = "-"

// The forms of postcodes, as written by people: the groups are the parts that lead to a region.
var (
	zipCode      = regexp.MustCompile(`^([0-9]{5})(?:-?[0-9]{4})?$`)
	ukPostcode   = regexp.MustCompile(`^([A-Z]{1,2})([0-9][0-9A-Z]?)(?:[0-9][A-Z]{2})?$`)
	canadianCode = regexp.MustCompile(`^([A-Z][0-9][A-Z])(?:[0-9][A-Z][0-9])?$`)
	fourDigits   = regexp.MustCompile(`^([0-9]{4})$`)
)

// postcodeKeys are the beginnings of a postcode under which a range may be listed, the most exact first; none when the
// postcode is not written like one of that country.
func postcodeKeys(country, postcode string) []string {
	postcode = strings.ReplaceAll(canonical(postcode), " ", "")
	switch country {
	case "US":
		if m := zipCode.FindStringSubmatch(postcode); m != nil {
			return []string{m[1], m[1][:3]}
		}
	case "GB":
		if m := ukPostcode.FindStringSubmatch(postcode); m != nil {
			return []string{m[1] + m[2], m[1]}
		}
	case "CA":
		if m := canadianCode.FindStringSubmatch(postcode); m != nil {
			return []string{m[1], m[1][:1]}
		}
	case "AU":
		if m := fourDigits.FindStringSubmatch(postcode); m != nil {
			return []string{m[1]}
		}
	}
	return nil
}

// locate is the region of a postcode, or empty.
func locate(country, postcode string) string {
	for _, key := range postcodeKeys(country, postcode) {
		for _, r := range shipped.postcodes[country] {
			if len(key) != len(r.from) || key < r.from || key > r.to {
				continue
			}
			if r.region == nowhere {
				return ""
			}
			return r.region
		}
	}
	return ""
}

// loadPostcodes reads the ranges and collects which regions exist.
func loadPostcodes(dir fs.FS) (map[string][]postcodeRange, map[string]map[string]bool, error) {
	records, err := readTable(dir, "postcodes.csv", "country", "from", "to", "region", "note")
	if err != nil {
		return nil, nil, err
	}
	ranges := make(map[string][]postcodeRange)
	regions := make(map[string]map[string]bool)
	var faults []error
	for _, r := range records {
		country := r.get("country")
		next := postcodeRange{from: r.get("from"), to: r.get("to"), region: r.get("region")}
		if next.from == "" || len(next.from) != len(next.to) || next.from > next.to || next.region == "" {
			faults = append(faults, r.fault("not a range of postcodes"))
			continue
		}
		for _, other := range ranges[country] {
			if len(other.from) == len(next.from) && other.from <= next.to && next.from <= other.to {
				faults = append(faults, r.fault("overlaps %s to %s", other.from, other.to))
			}
		}
		ranges[country] = append(ranges[country], next)
		if regions[country] == nil {
			regions[country] = make(map[string]bool)
		}
		if next.region != nowhere {
			regions[country][next.region] = true
		}
	}
	return ranges, regions, errors.Join(faults...)
}

// loadCountries reads the codes of ISO 3166-1.
func loadCountries(dir fs.FS) (map[string]bool, error) {
	content, err := fs.ReadFile(dir, "countries.txt")
	if err != nil {
		return nil, fmt.Errorf("read countries: %w", err)
	}
	countries := make(map[string]bool)
	var faults []error
	for code := range strings.FieldsSeq(string(content)) {
		if len(code) != 2 || code != strings.ToUpper(code) || countries[code] {
			faults = append(faults, fmt.Errorf("country %q: %w", code, errTable))
		}
		countries[code] = true
	}
	return countries, errors.Join(faults...)
}
