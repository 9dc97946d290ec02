// Package law holds the rules and limits of debt collection by jurisdiction: which court is open to a claim, how long a
// final notice must have run before a claim is referred, and which jurisdiction an address belongs to.
//
// It exists so that no rule of law hides in code: rules are rows of embedded tables, and each row says where it comes from
// and how far it may be trusted. A row marked unconfirmed never decides; it hands the decision to a person. None of this is
// legal advice. The package is pure: it imports money and nothing else of Relance, and must never import I/O, a clock or
// Temporal.
package law
