// Package config reads the settings of a process from its environment and names every problem at once.
//
// Settings are few on purpose: what belongs to a creditor stands in its file, what belongs to a policy in the policy.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
)

// Providers are the accounts messages go out through. The zero value of one means that it is not set up.
type Providers struct {
	SendGrid SendGrid
	Twilio   Twilio
	Lob      Lob
}

// SendGrid is the email account.
type SendGrid struct{ BaseURL, APIKey string }

// Twilio is the SMS account.
type Twilio struct{ BaseURL, AccountSID, KeySID, Secret, ServiceSID, CallbackURL string }

// Lob is the letter account.
type Lob struct{ BaseURL, APIKey string }

// Config is the settings of a production process.
type Config struct {
	DatabaseURL string // RELANCE_DATABASE_URL
	BlobURL     string // RELANCE_BLOB_URL: a folder, or a URL of gocloud.dev/blob
	Listen      string // RELANCE_LISTEN: host:port of the HTTP server
	Health      string // RELANCE_HEALTH_LISTEN: host:port of a worker's health page
	LogLevel    slog.Level
	Providers   Providers
}

// The addresses of the real providers.
const (
	sendgridURL = "https://api.sendgrid.com"
	twilioURL   = "https://api.twilio.com"
	lobURL      = "https://api.lob.com"
)

// Variables lists every environment variable that Relance reads, with what it means. The Temporal ones are read by the
// SDK's own envconfig.
func Variables() [][2]string {
	return [][2]string{
		{"RELANCE_DATABASE_URL", "PostgreSQL of Relance, postgres://user:password@host:5432/relance"},
		{"RELANCE_BLOB_URL", "document store: a folder, or s3://bucket?region=eu-west-3"},
		{"RELANCE_LISTEN", "address of the HTTP server, 127.0.0.1:8080 by default"},
		{"RELANCE_HEALTH_LISTEN", "address of a worker's health page, 127.0.0.1:8081 by default"},
		{"RELANCE_PUBLIC_URL", "address under which providers reach this installation; without it Twilio reports no delivery"},
		{"RELANCE_LOG", "debug, info (default), warn or error"},
		{"RELANCE_DATA_DIR", "folder of the embedded installation, .relance by default"},
		{"SENDGRID_API_KEY", "SendGrid: API key with mail.send and messages.read"},
		{"SENDGRID_BASE_URL", "SendGrid: another host, such as https://api.eu.sendgrid.com"},
		{"TWILIO_ACCOUNT_SID", "Twilio: account SID"},
		{"TWILIO_API_KEY", "Twilio: API key SID; empty when TWILIO_API_SECRET is the account's auth token"},
		{"TWILIO_API_SECRET", "Twilio: secret of the key, or auth token"},
		{"TWILIO_MESSAGING_SERVICE_SID", "Twilio: messaging service for creditors without a number of their own"},
		{"TWILIO_BASE_URL", "Twilio: another host"},
		{"LOB_API_KEY", "Lob: secret key; test_ keys print nothing"},
		{"LOB_BASE_URL", "Lob: another host"},
		{"TEMPORAL_ADDRESS", "Temporal: host:port of the frontend"},
		{"TEMPORAL_NAMESPACE", "Temporal: namespace"},
		{"TEMPORAL_API_KEY", "Temporal Cloud: API key"},
		{"TEMPORAL_TLS", "Temporal: true for TLS"},
	}
}

// Read reads the settings. require names the ones that this process cannot live without; every problem is reported at once.
func Read(getenv func(string) string, require ...string) (Config, error) {
	var problems []error
	for _, name := range require {
		if getenv(name) == "" {
			problems = append(problems, fmt.Errorf("%s is not set: %s", name, meaning(name)))
		}
	}
	c := Config{
		DatabaseURL: getenv("RELANCE_DATABASE_URL"), BlobURL: getenv("RELANCE_BLOB_URL"),
		Listen: or(getenv("RELANCE_LISTEN"), "127.0.0.1:8080"), Health: or(getenv("RELANCE_HEALTH_LISTEN"), "127.0.0.1:8081"),
		Providers: readProviders(getenv),
	}
	if err := c.LogLevel.UnmarshalText([]byte(or(getenv("RELANCE_LOG"), "info"))); err != nil {
		problems = append(problems, fmt.Errorf("RELANCE_LOG is %q; use debug, info, warn or error", getenv("RELANCE_LOG")))
	}
	if c.DatabaseURL != "" {
		if u, err := url.Parse(c.DatabaseURL); err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
			problems = append(problems, errors.New("RELANCE_DATABASE_URL is not an address of PostgreSQL, such as postgres://user:password@host:5432/relance"))
		}
	}
	return c, errors.Join(problems...)
}

func readProviders(getenv func(string) string) Providers {
	return Providers{
		SendGrid: SendGrid{BaseURL: or(getenv("SENDGRID_BASE_URL"), sendgridURL), APIKey: getenv("SENDGRID_API_KEY")},
		Twilio: Twilio{
			BaseURL: or(getenv("TWILIO_BASE_URL"), twilioURL), AccountSID: getenv("TWILIO_ACCOUNT_SID"), KeySID: getenv("TWILIO_API_KEY"),
			Secret: getenv("TWILIO_API_SECRET"), ServiceSID: getenv("TWILIO_MESSAGING_SERVICE_SID"),
			CallbackURL: callback(getenv("RELANCE_PUBLIC_URL")),
		},
		Lob: Lob{BaseURL: or(getenv("LOB_BASE_URL"), lobURL), APIKey: getenv("LOB_API_KEY")},
	}
}

// callback is where Twilio reports delivery. Our ids travel in its query, so that the first report names the message even if
// the answer to the request was lost; the fragment asks Twilio to repeat a report that we could not take.
func callback(public string) string {
	if public == "" {
		return ""
	}
	return strings.TrimSuffix(public, "/") + "/hooks/twilio/status#rc=5&rp=all"
}

func meaning(name string) string {
	for _, v := range Variables() {
		if v[0] == name {
			return v[1]
		}
	}
	return "required"
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return value
}

// Any reports whether a real provider account is set up.
func (p Providers) Any() bool {
	return p.SendGrid.APIKey != "" || p.Twilio.AccountSID != "" || p.Twilio.Secret != "" || p.Lob.APIKey != ""
}

// Sandbox is the accounts of a local sandbox at a URL. Nothing sent through them leaves the machine.
func Sandbox(base string) Providers {
	return Providers{
		SendGrid: SendGrid{BaseURL: base + "/sendgrid", APIKey: "SG.sandbox"},
		Twilio:   Twilio{BaseURL: base + "/twilio", AccountSID: "AC" + strings.Repeat("0", 32), Secret: "sandbox", CallbackURL: callback(base)},
		Lob:      Lob{BaseURL: base + "/lob", APIKey: "test_sandbox"},
	}
}
