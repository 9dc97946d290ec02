package law

// Jurisdiction finds the jurisdiction of an address.
func Jurisdiction(country, region, postcode string) (code string, ok bool) {
	return "", false
}
