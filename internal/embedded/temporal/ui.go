package temporal

import (
	"context"
	"fmt"
	"time"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"

	"relance/internal/embedded"
)

// userInterface is Temporal's web UI.
type userInterface struct {
	server *uiserver.Server
	done   chan struct{}
}

// startUI serves the web UI. Its port was found free before, because the UI ends the process when it is not.
func startUI(ctx context.Context, p ports, namespace string) (*userInterface, error) {
	ui := &userInterface{
		server: uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
			Host:                embedded.Loopback,
			Port:                p.ui,
			TemporalGRPCAddress: embedded.Address(p.frontend),
			DefaultNamespace:    namespace,
			EnableUI:            true,
			CORS:                uiconfig.CORS{CookieInsecure: true}, // plain HTTP on this machine
			HideLogs:            true,
			DisableNewsFetch:    true, // it would call home
		})),
		done: make(chan struct{}),
	}
	go func() {
		defer close(ui.done)
		_ = ui.server.Start() // returns nil, or ends the process
	}()
	for !answers(ctx, fmt.Sprintf("http://%s/healthz", embedded.Address(p.ui))) {
		select {
		case <-ctx.Done():
			return ui, fmt.Errorf("wait for the Temporal UI: %w", ctx.Err())
		case <-time.After(pollInterval):
		}
	}
	return ui, nil
}

func (u *userInterface) stop() {
	u.server.Stop()
	<-u.done
}
