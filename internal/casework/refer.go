package casework

import (
	"context"
	"fmt"

	"relance/internal/collection"
	"relance/internal/delivery"
	"relance/internal/law"
	"relance/internal/store"
)

// routeChoice is where this debt can be referred to. sure is false when the law's tables do not decide: then a person does.
type routeChoice struct {
	kind    collection.RouteKind
	verdict law.Verdict
	sure    bool
	why     string
}

// chooseRoute tries the policy's routes in their order with what the law says is open for this debtor, amount and claimant.
func (f *File) chooseRoute() routeChoice {
	why := "no_route"
	for _, r := range f.Policy.Routes {
		if !r.Takes(f.Facts.Owed) {
			continue
		}
		switch r.Kind {
		case collection.Agency:
			if f.Profile.Agency != nil {
				return routeChoice{kind: collection.Agency, sure: true, why: "agency"}
			}
			why = "no_agency"
		case collection.SmallClaims:
			place, known := law.Jurisdiction(f.Debtor.Country, f.Debtor.Region, f.Debtor.PostalCode)
			if !known {
				return routeChoice{kind: collection.SmallClaims, why: "unknown_jurisdiction"}
			}
			v := law.SmallClaims(place, f.Profile.Claimant, f.Facts.Owed)
			if v.Open || v.Uncertain {
				return routeChoice{kind: collection.SmallClaims, verdict: v, sure: v.Open, why: string(v.Reason)}
			}
			why = string(v.Reason)
		}
	}
	return routeChoice{why: why}
}

// referralTask is the referral as work for a person: filing a claim, or choosing where the debt goes. A debt that the agency
// takes is handed over by email and is no task.
func (w *Work) referralTask(ctx context.Context, tx *store.Tx, f *File, plan collection.Plan) (*task, error) {
	choice := f.chooseRoute()
	if choice.sure && choice.kind == collection.Agency {
		return nil, nil
	}
	dossier, err := w.dossier(ctx, tx, f, choice)
	if err != nil {
		return nil, err
	}
	t := &task{kind: TaskChooseRoute, why: choice.why, body: dossier, data: map[string]any{"route": choice.kind}}
	if choice.sure {
		t.kind = TaskFileClaim
	}
	if choice.kind == collection.SmallClaims {
		t.data["jurisdiction"], t.data["procedure"], t.data["source"] = choice.verdict.Court.Jurisdiction, choice.verdict.Court.Procedure, choice.verdict.Court.Source
	}
	return t, nil
}

// composePlacement is the email that hands the debt over to the agency, with the dossier.
func (w *Work) composePlacement(ctx context.Context, tx *store.Tx, f *File, plan collection.Plan, tags delivery.Tags) (*draft, error) {
	choice := f.chooseRoute()
	zip, err := w.dossier(ctx, tx, f, choice)
	if err != nil {
		return nil, err
	}
	agency := f.Profile.Agency
	email := f.envelope(tags)
	email.To = delivery.Mailbox{Name: agency.Name, Address: agency.Email}
	email.Subject = fmt.Sprintf("Placement %s: invoice %s, %s", reference(f.Case.ID), f.Invoice.Number, f.Facts.Owed)
	email.Text = f.placementText()
	email.Attachments = []delivery.Attachment{{Name: "dossier-" + slug(f.Invoice.Number) + ".zip", MediaType: "application/zip", Content: zip}}
	frozen, err := w.Mail.PrepareEmail(email)
	return &draft{frozen: frozen, sender: w.Mail, channel: "email", subject: email.Subject}, err
}

// placementText is the letter that goes with the dossier. It is written to a business partner, in English, and says only
// what the dossier proves.
func (f *File) placementText() string {
	agency := f.Profile.Agency
	return fmt.Sprintf(`Dear Sir or Madam,

please take over the collection of the claim below on behalf of %s. The dossier is attached: its index
lists every document and message with its SHA-256, and names what is missing.

  Our reference     %s
  Your client no.   %s
  Invoice           %s, due %s
  Outstanding       %s

If the debtor pays you or us, objects, or proposes instalments, please tell us at %s.

%s
`, f.Profile.LegalName, reference(f.Case.ID), agency.Reference, f.Invoice.Number, store.Date(f.Invoice.DueOn), f.Facts.Owed,
		f.Profile.Email, f.Profile.LegalName)
}
