module github.com/OpenRouterTeam/go-sdk

go 1.25
