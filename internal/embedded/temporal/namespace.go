package temporal

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"
)

// countNothing is the cheapest question to visibility. The client writes its namespace into the request: each needs its own.
func countNothing() *workflowservice.CountWorkflowExecutionsRequest {
	return &workflowservice.CountWorkflowExecutionsRequest{Query: "WorkflowId = ''"}
}

// updateNamespace brings a namespace of an earlier start to what is asked for now. Making it does that for a new one only:
// a namespace that exists is left as it is, without a word.
func (s *Server) updateNamespace(ctx context.Context) error {
	if s.fresh {
		return nil
	}
	c, err := s.Client(ctx, client.Options{})
	if err != nil {
		return err
	}
	defer c.Close()
	added, err := s.addSearchAttributes(ctx, c)
	if err != nil {
		return err
	}
	if err := s.setRetention(ctx, c); err != nil {
		return err
	}
	if !added {
		return nil
	}
	// Each service reads namespaces anew at its own time, and one that has not would refuse the new attributes.
	select {
	case <-time.After(2 * namespaceRefresh):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// addSearchAttributes registers those that are missing and reports whether there were any.
func (s *Server) addSearchAttributes(ctx context.Context, c client.Client) (bool, error) {
	known, err := c.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: s.cfg.Namespace})
	if err != nil {
		return false, fmt.Errorf("list search attributes: %w", err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, want := range s.cfg.SearchAttributes {
		have, ok := known.GetCustomAttributes()[name]
		if ok && have != want {
			return false, fmt.Errorf("search attribute %s is %s in this data directory and should be %s: it needs another name", name, have, want)
		}
		if !ok {
			missing[name] = want
		}
	}
	if len(missing) == 0 {
		return false, nil
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: s.cfg.Namespace, SearchAttributes: missing})
	if err != nil {
		return false, fmt.Errorf("add search attributes: %w", err)
	}
	return true, nil
}

func (s *Server) setRetention(ctx context.Context, c client.Client) error {
	service := c.WorkflowService()
	described, err := service.DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: s.cfg.Namespace})
	if err != nil {
		return fmt.Errorf("describe namespace: %w", err)
	}
	if described.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration() == s.cfg.Retention {
		return nil
	}
	_, err = service.UpdateNamespace(ctx, &workflowservice.UpdateNamespaceRequest{
		Namespace: s.cfg.Namespace,
		Config:    &namespacepb.NamespaceConfig{WorkflowExecutionRetentionTtl: durationpb.New(s.cfg.Retention)},
	})
	if err != nil {
		return fmt.Errorf("set retention: %w", err)
	}
	return nil
}
