package temporal

import (
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/metrics"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"

	"relance/internal/embedded"
)

// newServer puts together a server of all four services in this process.
func newServer(cfg Config, s store, p ports, log *logger) (temporal.Server, error) {
	c := serverConfig(s, p)
	authorizer, err := authorization.GetAuthorizerFromConfig(&c.Global.Authorization)
	if err != nil {
		return nil, err
	}
	mapper, err := authorization.GetClaimMapperFromConfig(&c.Global.Authorization, log)
	if err != nil {
		return nil, err
	}
	return temporal.NewServer(
		temporal.WithConfig(c),
		temporal.ForServices(temporal.DefaultServices),
		// Fixed addresses: the gossip between servers, with its ports and its waiting, is not needed.
		temporal.WithStaticHosts(map[primitives.ServiceName]static.Hosts{
			primitives.FrontendService: static.SingleLocalHost(embedded.Address(p.frontend)),
			primitives.HistoryService:  static.SingleLocalHost(embedded.Address(p.history)),
			primitives.MatchingService: static.SingleLocalHost(embedded.Address(p.matching)),
			primitives.WorkerService:   static.SingleLocalHost(embedded.Address(p.worker)),
		}),
		temporal.WithLogger(log),
		temporal.WithAuthorizer(authorizer),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return mapper }),
		temporal.WithDynamicConfigClient(dynamicConfig()),
	)
}

func serverConfig(s store, p ports) *config.Config {
	c := &config.Config{
		Persistence: config.Persistence{
			DefaultStore:     sqlite.PluginName,
			VisibilityStore:  sqlite.PluginName,
			NumHistoryShards: 1, // one database connection writes; more shards would only wait for it
			DataStores:       map[string]config.DataStore{sqlite.PluginName: {SQL: &s.sql}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled:                true,
				InitialFailoverVersion: 1,
				RPCAddress:             embedded.Address(p.frontend),
				ClusterID:              uuid.NewString(), // counts at the first start only; then the stored one wins
			}},
		},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
		PublicClient:        config.PublicClient{HostPort: embedded.Address(p.frontend)},
		Services: map[string]config.Service{
			string(primitives.FrontendService): listen(p.frontend),
			string(primitives.HistoryService):  listen(p.history),
			string(primitives.MatchingService): listen(p.matching),
			string(primitives.WorkerService):   listen(p.worker),
		},
		// What must be kept is kept in PostgreSQL.
		Archival: config.Archival{
			History:    config.HistoryArchival{State: config.ArchivalDisabled},
			Visibility: config.VisibilityArchival{State: config.ArchivalDisabled},
		},
		NamespaceDefaults: config.NamespaceDefaults{Archival: config.ArchivalNamespaceDefaults{
			History:    config.HistoryArchivalNamespaceDefaults{State: config.ArchivalDisabled},
			Visibility: config.VisibilityArchivalNamespaceDefaults{State: config.ArchivalDisabled},
		}},
	}
	c.Global.Membership = config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: embedded.Loopback}
	if p.metrics != 0 {
		c.Global.Metrics = &metrics.Config{Prometheus: &metrics.PrometheusConfig{
			ListenAddress: fmt.Sprintf("%s:%d", embedded.Loopback, p.metrics),
			HandlerPath:   "/metrics",
		}}
	}
	return c
}

func listen(port int) config.Service {
	return config.Service{RPC: config.RPC{GRPCPort: port, BindOnIP: embedded.Loopback}}
}

// namespaceRefresh is how long the services may work with an old description of the namespace.
const namespaceRefresh = time.Second

// manyPerSecond stands in the place of limits that share a cluster between tenants. Here the only tenant is us, and the
// machine is the limit.
const manyPerSecond = 50_000

// dynamicConfig is what differs from the defaults, which are made for clusters.
func dynamicConfig() dynamicconfig.StaticClient {
	return dynamicconfig.StaticClient{
		// A queue shared by creditors must not serve a large import first. It has to be so from the first task on.
		dynamicconfig.MatchingEnableFairness.Key(): true,
		// Limits and priorities hold for each partition by itself: only one partition makes them exact.
		dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
		dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,

		dynamicconfig.ForceSearchAttributesCacheRefreshOnRead.Key(): true,
		dynamicconfig.NamespaceCacheRefreshInterval.Key():           namespaceRefresh,
		dynamicconfig.HistoryCacheHostLevelMaxSize.Key():            8096, // workflows; a cluster's host would hold 128,000

		// A shard looks for new tasks twenty times a second, which a cluster of hundreds of shards never notices. With one
		// shard every task would wait for its turn: 90 ms a step where 8 are enough.
		dynamicconfig.TransferProcessorMaxPollRPS.Key(): manyPerSecond,
		dynamicconfig.TimerProcessorMaxPollRPS.Key():    manyPerSecond,

		dynamicconfig.FrontendRPS.Key():                                  manyPerSecond,
		dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key():           manyPerSecond,
		dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
		dynamicconfig.FrontendPersistenceMaxQPS.Key():                    manyPerSecond,
		dynamicconfig.HistoryRPS.Key():                                   manyPerSecond,
		dynamicconfig.HistoryPersistenceMaxQPS.Key():                     manyPerSecond,
		dynamicconfig.MatchingRPS.Key():                                  manyPerSecond,
		dynamicconfig.MatchingPersistenceMaxQPS.Key():                    manyPerSecond,
	}
}
