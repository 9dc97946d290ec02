package ledger

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
)

func (k *creditorCheck) bank() {
	if len(k.creditor.Bank) == 0 {
		k.fail("bank", MissingKey, "", "Debtors need an account to pay to: a list under “bank” with iban, or routing and account.")
	}
	seen := map[string]bool{}
	for i := range k.creditor.Bank {
		b := &k.creditor.Bank[i]
		path := fmt.Sprintf("bank[%d]", i)
		b.Currency = k.currency(path+".currency", b.Currency)
		if seen[string(b.Currency)] {
			k.fail(path, DuplicateKey, string(b.Currency), "There is another account for this currency: keep one.")
		}
		seen[string(b.Currency)] = true
		k.printable(path+".holder", b.Holder)
		b.Holder = cmp.Or(b.Holder, k.creditor.LegalName)
		k.printable(path+".bank", b.Bank)
		k.account(path, b)
	}
}

// account checks that an account has exactly one of the three forms.
func (k *creditorCheck) account(path string, b *BankAccount) {
	forms := 0
	for _, number := range []string{b.IBAN, b.Routing, b.SortCode} {
		if number != "" {
			forms++
		}
	}
	if forms != 1 {
		k.fail(path, MissingKey, "", "An account has an iban, or routing and account (US), or sort_code and account (UK): exactly one of them.")
		return
	}
	if b.IBAN != "" {
		k.iban(path, b)
		return
	}
	b.Routing, b.SortCode, b.Account = compact(b.Routing), compact(b.SortCode), compact(b.Account)
	if b.Routing != "" && !validRouting(b.Routing) {
		k.fail(path+".routing", BadRouting, b.Routing, "This is not a US routing number: nine digits, and its check digit does not fit. Copy "+
			"it again.")
	}
	if b.SortCode != "" && !sixDigits.MatchString(b.SortCode) {
		k.fail(path+".sort_code", BadRouting, b.SortCode, "A UK sort code has six digits.")
	}
	if !accountNumber.MatchString(b.Account) {
		k.fail(path+".account", BadValue, b.Account, "Write the account number, 4 to 17 digits.")
	}
	if b.BIC != "" {
		k.bic(path, b)
	}
}

func (k *creditorCheck) iban(path string, b *BankAccount) {
	b.IBAN = strings.ToUpper(compact(b.IBAN))
	if why := ibanAdvice(b.IBAN); why != "" {
		k.fail(path+".iban", BadIBAN, b.IBAN, why)
	}
	if b.Account != "" {
		k.fail(path+".account", BadValue, b.Account, "The IBAN contains the account number: remove this line.")
	}
	if b.BIC != "" {
		k.bic(path, b)
	}
}

func (k *creditorCheck) bic(path string, b *BankAccount) {
	b.BIC = strings.ToUpper(compact(b.BIC))
	if !bic.MatchString(b.BIC) {
		k.fail(path+".bic", BadBIC, b.BIC, "A BIC has 8 or 11 letters and digits, such as PSSTFRPPXXX (ISO 9362).")
	}
}

var (
	sixDigits     = regexp.MustCompile(`^\d{6}$`)
	accountNumber = regexp.MustCompile(`^\d{4,17}$`)
	bic           = regexp.MustCompile(`^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$`)
	ibanForm      = regexp.MustCompile(`^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$`)
)

func compact(number string) string {
	return strings.NewReplacer(" ", "", "\u00A0", "", "-", "").Replace(number)
}

// validRouting checks a US routing transit number: nine digits weighted 3, 7, 1 add up to a multiple of ten (ABA).
func validRouting(number string) bool {
	if len(number) != 9 || strings.Trim(number, "0123456789") != "" {
		return false
	}
	sum := 0
	for i, weight := range []int{3, 7, 1, 3, 7, 1, 3, 7, 1} {
		sum += weight * int(number[i]-'0')
	}
	return sum > 0 && sum%10 == 0
}

// ibanLengths are those of the IBAN registry (ISO 13616) for the countries that creditors bank in; others are checked by their
// check digits alone.
var ibanLengths = map[string]int{
	"AD": 24, "AT": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27,
	"GB": 22, "GI": 23, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27,
	"MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27,
}

// ibanAdvice says what is wrong with an IBAN, "" when nothing is. The check is that of ISO 7064, MOD 97-10.
func ibanAdvice(iban string) string {
	if !ibanForm.MatchString(iban) {
		return "An IBAN begins with two letters and two digits, such as FR76."
	}
	if want, known := ibanLengths[iban[:2]]; known && len(iban) != want {
		return fmt.Sprintf("An IBAN of %s has %d characters, this one has %d.", iban[:2], want, len(iban))
	}
	remainder := 0
	for _, c := range iban[4:] + iban[:4] {
		if c >= 'A' {
			remainder = (remainder*100 + int(c-'A') + 10) % 97
			continue
		}
		remainder = (remainder*10 + int(c-'0')) % 97
	}
	if remainder != 1 {
		return "The check digits do not fit: a character is wrong or two have changed places. Copy it again."
	}
	return ""
}
