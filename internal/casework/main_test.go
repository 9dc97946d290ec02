package casework_test

import (
	"testing"

	"relance/internal/embedded/postgres/pgtest"
	"relance/internal/store"
)

func TestMain(m *testing.M) { pgtest.Main(m, store.Migrate) }
