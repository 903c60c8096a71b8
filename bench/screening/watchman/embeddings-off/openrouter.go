// Package openrouter stands in for the client of an embeddings service that Watchman links and
// leaves off unless configured. The real one is not needed to measure Watchman, and not every
// module proxy serves it: here every call says that it is off.
package openrouter

import (
	"context"
	"errors"
	"time"

	"github.com/OpenRouterTeam/go-sdk/models/operations"
)

type (
	SDKOption  func(*OpenRouter)
	Embeddings struct{}
	OpenRouter struct{ Embeddings Embeddings }
)

func New(...SDKOption) *OpenRouter        { return &OpenRouter{} }
func WithSecurity(string) SDKOption       { return func(*OpenRouter) {} }
func WithServerURL(string) SDKOption      { return func(*OpenRouter) {} }
func WithTimeout(time.Duration) SDKOption { return func(*OpenRouter) {} }
func String(text string) *string          { return &text }

func (Embeddings) Generate(context.Context, operations.CreateEmbeddingsRequest) (*operations.CreateEmbeddingsResponse, error) {
	return nil, errors.New("embeddings are off")
}
