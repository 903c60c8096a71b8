// Package operations has the few types that Watchman names.
package operations

type InputUnion struct{ Str *string }

type CreateEmbeddingsRequest struct {
	Input InputUnion
	Model string
}

type CreateEmbeddingsResponse struct {
	CreateEmbeddingsResponseBody *struct {
		Data []struct {
			Embedding struct{ ArrayOfNumber []float64 }
		}
		Usage *struct{ PromptTokens, TotalTokens int }
	}
}
