from tools.bench.command import main

raise SystemExit(main())
