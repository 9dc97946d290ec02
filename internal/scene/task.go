package scene

import (
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"relance/internal/casework"
	"relance/internal/intake"
)

// Finish finishes a task.
func (s *Scene) Finish(task uuid.UUID, outcome, tracking string) intake.Receipt {
	s.Helper()
	r, err := s.Desk.Finish(s.Context(), intake.Done{Task: task, Outcome: outcome, Tracking: tracking})
	require.NoError(s, err)
	return r
}

// PostLetters has somebody print and post what lies there.
func (s *Scene) PostLetters(number string) {
	s.Helper()
	for _, t := range s.Tasks(number, casework.TaskPrintAndPost) {
		if t.Status == "open" {
			s.Finish(t.ID, "", "RN 0000 0000 1FR")
		}
	}
}
