package law

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// files are the tables of the law as the product ships them. A creditor's own corrections are kept elsewhere; these stay
// as they are beneath them.
//
//go:embed data
var files embed.FS

// errTable is the kind of error for a table that does not hold together: a missing column, a value that cannot be read,
// a row that no other table knows.
var errTable = errors.New("bad table")

// tables is everything in data, typed and checked.
type tables struct {
	courts    map[string][]courtRow // by jurisdiction, in order of preference
	notices   map[noticeKey]Notice
	postcodes map[string][]postcodeRange // by country
	regions   map[string]map[string]bool // by country: the regions that are jurisdictions of their own
	countries map[string]bool            // ISO 3166-1 alpha-2
	version   string
}

// shipped is read once when the program starts. It can only fail when the build contains a broken table, which the tests
// of this package refuse.
var shipped = func() tables {
	data, err := fs.Sub(files, "data")
	if err == nil {
		var t tables
		if t, err = load(data); err == nil {
			return t
		}
	}
	panic(fmt.Sprintf("law: embedded tables: %v", err))
}()

// load reads all tables from a directory and reports every fault at once.
func load(dir fs.FS) (tables, error) {
	var t tables
	var faults [5]error
	t.courts, faults[0] = loadCourts(dir)
	t.notices, faults[1] = loadNotices(dir)
	t.postcodes, t.regions, faults[2] = loadPostcodes(dir)
	t.countries, faults[3] = loadCountries(dir)
	t.version, faults[4] = fingerprint(dir)
	return t, errors.Join(faults[:]...)
}

// RulesVersion names the state of the embedded tables, as twelve hex digits. It changes whenever one of them does, so that
// cases planned under older rules can be found and planned anew.
func RulesVersion() string { return shipped.version }

// fingerprint hashes every file with its name and length. Carriage returns do not count: a checkout may add them.
func fingerprint(dir fs.FS) (string, error) {
	names, err := fs.Glob(dir, "*")
	if err != nil {
		return "", fmt.Errorf("list tables: %w", err)
	}
	slices.Sort(names)
	h := sha256.New()
	for _, name := range names {
		content, err := fs.ReadFile(dir, name)
		if err != nil {
			return "", fmt.Errorf("read table %s: %w", name, err)
		}
		content = bytes.ReplaceAll(content, []byte("\r"), nil)
		fmt.Fprintf(h, "%s %d\n", name, len(content))
		h.Write(content)
	}
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}

// record is one row of a CSV table, by column name.
type record struct {
	table string
	line  int
	cells map[string]string
}

// get is a cell without the spaces around it. Asking for a column that the table lacks is a fault of this package that
// readTable has ruled out.
func (r record) get(column string) string { return strings.TrimSpace(r.cells[column]) }

// fault is errTable with the place of the row.
func (r record) fault(format string, args ...any) error {
	return fmt.Errorf("%s line %d: %s: %w", r.table, r.line, fmt.Sprintf(format, args...), errTable)
}

// readTable reads a CSV file whose header is exactly the given columns, in order.
func readTable(dir fs.FS, name string, columns ...string) ([]record, error) {
	file, err := dir.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open table: %w", err)
	}
	defer func() { _ = file.Close() }() // opened for reading: nothing to lose
	reader := csv.NewReader(file)
	lines, err := reader.ReadAll() // also refuses rows of another length than the header
	if err != nil {
		return nil, fmt.Errorf("read table %s: %w", name, err)
	}
	if len(lines) == 0 || !slices.Equal(lines[0], columns) {
		return nil, fmt.Errorf("%s: the columns are not %s: %w", name, strings.Join(columns, ","), errTable)
	}
	records := make([]record, 0, len(lines)-1)
	for i, line := range lines[1:] {
		cells := make(map[string]string, len(columns))
		for j, column := range columns {
			cells[column] = line[j]
		}
		records = append(records, record{table: name, line: i + 2, cells: cells})
	}
	return records, nil
}
