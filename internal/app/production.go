package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	sdklog "go.temporal.io/sdk/log"

	"relance/internal/casework"
	"relance/internal/clock"
	"relance/internal/config"
	"relance/internal/delivery"
	"relance/internal/intake"
	"relance/internal/store"
)

// ErrTemporal means that Temporal cannot be reached or used. The text says what to do.
var ErrTemporal = errors.New("the Temporal server")

// ErrKeys means that a provider refuses our keys. The text says which.
var ErrKeys = errors.New("keys refused")

// Prepare brings a database to the schema of this binary, makes it an installation on the wall clock if it is none yet, and
// publishes the policies that come with the binary. Doing it again changes nothing.
func Prepare(ctx context.Context, databaseURL string, log *slog.Logger) error {
	if err := store.Migrate(ctx, databaseURL); err != nil {
		return err
	}
	s, err := store.Open(ctx, store.Config{URL: databaseURL, Conns: 2, SendConns: 2})
	if err != nil {
		return err
	}
	defer s.Close()
	c := &Core{Store: s, Desk: &intake.Desk{Store: s}, Log: log}
	if kind, err := c.clockOf(ctx); store.NoRows(err) {
		if err := c.Install(ctx, time.Time{}); err != nil {
			return err
		}
	} else if err != nil {
		return fmt.Errorf("read the installation: %w", err)
	} else {
		log.Debug("the installation exists", "clock", kind)
	}
	return c.PublishBuiltin(ctx)
}

// DialTemporal connects to the Temporal that the environment names, as the SDK's own envconfig reads it, and sees to it that
// its namespace has our search attributes.
func DialTemporal(ctx context.Context, log *slog.Logger) (client.Client, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, fmt.Errorf("%w cannot be found with these TEMPORAL_ variables: %w", ErrTemporal, err)
	}
	c, err := dial(ctx, options, log)
	if err != nil {
		return nil, err
	}
	if err := ensureSearchAttributes(ctx, c, cmp.Or(options.Namespace, client.DefaultNamespace), log); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// DialEmbedded connects to the Temporal of a running embedded installation.
func DialEmbedded(ctx context.Context, w Where, log *slog.Logger) (client.Client, error) {
	return dial(ctx, client.Options{HostPort: w.Temporal, Namespace: w.Namespace}, log)
}

// dialLimit is how long Temporal may take to answer the first time.
const dialLimit = 10 * time.Second

func dial(ctx context.Context, options client.Options, log *slog.Logger) (client.Client, error) {
	options.Logger = sdklog.NewStructuredLogger(log)
	options.HostPort = cmp.Or(options.HostPort, client.DefaultHostPort)
	ctx, cancel := context.WithTimeout(ctx, dialLimit)
	defer cancel()
	c, err := client.DialContext(ctx, options)
	if err != nil {
		log.Warn("Temporal does not answer", "error", err)
		return nil, fmt.Errorf("%w does not answer at %s: start it, or correct TEMPORAL_ADDRESS and its keys", ErrTemporal, options.HostPort)
	}
	return c, nil
}

// ensureSearchAttributes registers the search attributes that the workflows set and the namespace lacks. Where we may not
// register them the error names them: without them no workflow could be started.
func ensureSearchAttributes(ctx context.Context, c client.Client, namespace string, log *slog.Logger) error {
	known, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if errors.As(err, new(*serviceerror.NamespaceNotFound)) {
		return fmt.Errorf("%w has no namespace %q: create it, or correct TEMPORAL_NAMESPACE", ErrTemporal, namespace)
	}
	if err != nil { // Temporal Cloud, for one, lets nobody ask
		log.Warn("the search attributes of the namespace cannot be listed", "error", err)
		return nil
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, kind := range searchAttributes() {
		if _, ok := known.GetCustomAttributes()[name]; !ok {
			missing[name] = kind
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	if err != nil {
		var names []string
		for name, kind := range missing {
			names = append(names, fmt.Sprintf("%s (%s)", name, kind))
		}
		slices.Sort(names)
		return fmt.Errorf("%w lacks search attributes in namespace %s, and we may not add them; have %s added: %w", ErrTemporal, namespace, strings.Join(names, ", "), err)
	}
	log.Info("search attributes registered", "count", len(missing))
	return nil
}

// CheckProviders reports every account that is not set up, or not rightly, without talking to anybody.
func CheckProviders(p config.Providers) error {
	_, err := (&Core{}).Work(p, casework.DefaultDeadlines())
	return err
}

// TryProviders asks every provider something harmless, so that wrong keys are told when a process starts and not when the
// first debtor is due. A provider that cannot be reached is no error: sends wait for it.
func TryProviders(ctx context.Context, p config.Providers, log *slog.Logger) error {
	w, err := (&Core{}).Work(p, casework.DefaultDeadlines())
	if err != nil {
		return err
	}
	asked := []struct {
		name, keys, recipient string // the recipients are reserved: they are nobody's
		find                  delivery.Finder
	}{
		{"SendGrid", "SENDGRID_API_KEY, which needs the scopes mail.send and messages.read", "nobody@example.com", w.Mail},
		{"Twilio", "TWILIO_ACCOUNT_SID, TWILIO_API_KEY and TWILIO_API_SECRET", "+12025550100", w.Texts},
		{"Lob", "LOB_API_KEY", "", w.Post},
	}
	errs := make([]error, len(asked))
	var wg sync.WaitGroup
	for i, a := range asked {
		wg.Go(func() {
			_, err := a.find.Find(ctx, delivery.Query{Dispatch: uuid.NewString(), Recipient: a.recipient, Text: "-", Since: clock.Now().Add(-time.Minute)})
			var said *delivery.LookupError
			if !errors.As(err, &said) {
				return
			}
			if said.HTTPStatus == http.StatusUnauthorized || said.HTTPStatus == http.StatusForbidden {
				errs[i] = fmt.Errorf("%w by %s: correct %s", ErrKeys, a.name, a.keys)
				return
			}
			log.Warn("a provider could not be asked whether our keys are right", "provider", a.name, "error", err)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
