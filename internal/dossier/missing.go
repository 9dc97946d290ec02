package dossier

import (
	"fmt"
	"slices"

	"relance/internal/collection"
	"relance/internal/law"
)

// missing names what an evidence pack should hold and this one does not: a gap that is announced is better than one that is
// found. It goes by what is marked as what, so it never says that something exists, and never that something does not exist
// elsewhere.
func (b *builder) missing() section {
	var points []string
	points = append(points, b.missingPapers()...)
	points = append(points, b.missingProofs()...)
	points = append(points, b.missingParticulars()...)
	points = append(points, b.missingForFiling()...)
	return section{
		title: "What is missing", points: points,
		lead: "Nothing in this dossier is marked as any of the following. Add what there is before the claim goes further.",
	}
}

// missingPapers are the documents that show the debt.
func (b *builder) missingPapers() []string {
	var points []string
	lacks := func(kind, what string) {
		if !slices.ContainsFunc(b.in.Documents, func(d Document) bool { return d.Kind == kind && len(d.Content) > 0 }) {
			points = append(points, what)
		}
	}
	lacks("invoice", "A copy of the invoice.")
	lacks("contract", "The contract, order or terms, with proof that the debtor accepted them.")
	lacks("delivery_proof", "Proof of delivery or performance.")
	if b.happened("agreement", "") {
		points = append(points, "The agreement on instalments, signed by the debtor.")
	}
	if b.happened("pause_begun", string(collection.InDispute)) {
		points = append(points, "The debtor's objections in the dispute, and the answer to them.")
	}
	return append(points, "Letters and messages from the debtor, if there were any.")
}

// missingProofs are the proofs that messages went out and arrived.
func (b *builder) missingProofs() []string {
	var points []string
	demands := slices.DeleteFunc(slices.Clone(b.sent), func(m sent) bool { return leftOut(m.Message) })
	if len(demands) == 0 {
		points = append(points, "Reminders: no message to the debtor is on record.")
	}
	points = append(points, b.missingPosting()...)
	reported := false
	for _, m := range demands {
		switch {
		case m.Result == "unproved":
			points = append(points, fmt.Sprintf("Proof of whether exhibit %d (%s) was sent.", m.exhibit, lower(kindWords(m.Kind))))
		case m.Provider == "" && m.Tracking == "" && m.Result != "withdrawn" && m.Kind != collection.CertifiedLetter:
			points = append(points, fmt.Sprintf("Proof of posting of exhibit %d (%s).", m.exhibit, lower(kindWords(m.Kind))))
		case m.Result == "accepted" && (m.Channel == "email" || m.Channel == "sms"):
			reported = true
		}
	}
	if reported {
		points = append(points, "Delivery reports of the emails and text messages.")
	}
	return points
}

func (b *builder) missingPosting() []string {
	p := b.finalNotice()
	if !p.sent {
		return []string{"A final notice: none is on record."}
	}
	proof := "Proof of posting of the final notice: no tracking number is on record."
	if p.tracking != "" {
		proof = "The post's receipt for the final notice: only its tracking number is known, " + p.tracking + "."
	}
	return []string{proof, "Proof that the debtor received the final notice, such as a return receipt."}
}

// missingParticulars are facts about the parties and the invoice.
func (b *builder) missingParticulars() []string {
	n := b.in.Notice
	var points []string
	when := func(lacks bool, what string) {
		if lacks {
			points = append(points, what)
		}
	}
	when(n.Invoice.IssuedOn.IsZero(), "The date of issue of the invoice.")
	when(len(n.Creditor.Lines) == 0, "The creditor's postal address.")
	when(n.Creditor.Registration == "", "The creditor's number in the business register.")
	when(len(n.Debtor.Lines) == 0, "The debtor's postal address, at which a claim can be served.")
	if n.Debtor.Kind == law.Consumer {
		return append(points, "Proof of the debtor's present address, and the date of an insolvency check.")
	}
	when(n.Debtor.Registration == "", "The debtor's number in the business register.")
	return append(points, "An extract of the business register on the debtor, and the date of an insolvency check.")
}

// missingForFiling is what whoever files the claim has to add.
func (b *builder) missingForFiling() []string {
	var points []string
	switch {
	case b.in.Route == "":
		points = append(points, "A decision where the claim goes.")
	case b.in.Route == collection.SmallClaims && b.in.Court == nil:
		points = append(points, "The court or procedure: the tables do not decide it.")
	}
	if b.in.Route != collection.Agency {
		points = append(points, "The court's own claim form.")
	}
	return append(points,
		"The authority of the person who acts for the creditor.",
		"A calculation of interest and fixed compensation.",
		"The date on which the claim becomes time-barred: it is not worked out here.",
	)
}

// happened reports whether the timeline has a line of this kind, and of this reason unless it is empty.
func (b *builder) happened(kind, reason string) bool {
	return slices.ContainsFunc(b.in.Timeline, func(e Event) bool {
		return e.Kind == kind && (reason == "" || particularsOf(e.Data).text("reason") == reason)
	})
}
