#include <torch/torch.h>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <vector>
double now(){timespec t;clock_gettime(CLOCK_THREAD_CPUTIME_ID,&t);return t.tv_sec*1e9+t.tv_nsec;}
int main(int argc,char**argv){ at::set_num_threads(1); torch::manual_seed(1); std::string only=argc>1?argv[1]:"";
  auto rnd=[&](std::vector<int64_t> s){return torch::randn(s);};
  auto M=rnd({1<<20}), Q=rnd({1024,1024}), S=rnd({128,1000}), L=rnd({1024,256}), lw=rnd({256}), lb=rnd({256}), t16=rnd({16}), S10=rnd({64,10}), S4=rnd({16,4,64,64});
  struct R{std::string n; std::function<void()> f; int reps;}; std::vector<R> rows;
  auto fwd=[&](std::string n,int reps,std::function<void()> f){rows.push_back({n,[f]{torch::NoGradGuard no; f();},reps});};
  fwd("exp 1M",4,[&]{exp(M);}); fwd("log 1M",4,[&]{log(M);}); fwd("tanh 1M",4,[&]{tanh(M);}); fwd("sigmoid 1M",4,[&]{sigmoid(M);}); fwd("relu 1M",4,[&]{relu(M);});
  fwd("erf 1M",2,[&]{erf(M);}); fwd("gelu 1M",2,[&]{torch::gelu(M);}); fwd("gelu tanh 1M",2,[&]{torch::gelu(M,"tanh");}); fwd("silu 1M",2,[&]{torch::silu(M);});
  fwd("sum 1M",8,[&]{sum(M);}); fwd("sum dim 0 1024^2",8,[&]{sum(Q,0);}); fwd("sum dim 1 1024^2",8,[&]{sum(Q,1);});
  fwd("softmax 128x1000",20,[&]{softmax(S,1);}); fwd("log_softmax 128x1000",20,[&]{log_softmax(S,1);}); fwd("softmax dim 0 128x1000",20,[&]{softmax(S,0);}); fwd("softmax 64x10",200,[&]{softmax(S10,1);}); fwd("softmax attention 16x4x64x64",10,[&]{softmax(S4,-1);});
  fwd("layer_norm 1024x256",10,[&]{torch::layer_norm(L,{256},lw,lb);});
  {auto x=L.clone().set_requires_grad(true),w=lw.clone().set_requires_grad(true); rows.push_back({"layer_norm fwd+bwd",[x,w,lb]()mutable{ (torch::layer_norm(x,{256},w,lb)*x.detach()).sum().backward(); x.mutable_grad().reset(); w.mutable_grad().reset();},5});}
  {auto x=M.clone().set_requires_grad(true); rows.push_back({"gelu fwd+bwd 1M",[x]()mutable{torch::gelu(x).sum().backward(); x.mutable_grad().reset();},1}); rows.push_back({"silu fwd+bwd 1M",[x]()mutable{torch::silu(x).sum().backward(); x.mutable_grad().reset();},1});}
  fwd("exp 16",2000,[&]{exp(t16);}); fwd("tanh 16",2000,[&]{tanh(t16);}); fwd("sum 16",2000,[&]{sum(t16);}); fwd("add 16",2000,[&]{t16+t16;});
  auto conv=[&](std::string n,std::vector<int64_t> xs,std::vector<int64_t> ws,int pad,bool dx){ auto x=rnd(xs),w=rnd(ws),b=rnd({ws[0]}); auto y=torch::conv2d(x,w,b,1,pad); auto gr=torch::randn_like(y);
    fwd("conv fwd "+n,2,[=]{torch::conv2d(x,w,b,1,pad);}); 
    std::vector<int64_t> st{1,1},pd{pad,pad},dl{1,1},op{0,0};
    fwd("conv dW "+n,2,[=]{at::convolution_backward(gr,x,w,c10::nullopt,st,pd,dl,false,op,1,{false,true,false});});
    if(dx) fwd("conv dx "+n,2,[=]{at::convolution_backward(gr,x,w,c10::nullopt,st,pd,dl,false,op,1,{true,false,false});}); };
  conv("64x1x28x28->16 5x5",{64,1,28,28},{16,1,5,5},2,false); conv("64x16x14x14->32 5x5",{64,16,14,14},{32,16,5,5},2,true);
  conv("32x3x32x32->32 3x3",{32,3,32,32},{32,3,3,3},1,false); conv("32x32x32x32->32 3x3",{32,32,32,32},{32,32,3,3},1,true); conv("32x32x16x16->64 3x3",{32,32,16,16},{64,32,3,3},1,true); conv("32x64x16x16->64 3x3",{32,64,16,16},{64,64,3,3},1,true);
  namespace nn=torch::nn;
  {nn::Sequential net(nn::Conv2d(nn::Conv2dOptions(1,16,5).padding(2)),nn::ReLU(),nn::MaxPool2d(2),nn::Conv2d(nn::Conv2dOptions(16,32,5).padding(2)),nn::ReLU(),nn::MaxPool2d(2),nn::Flatten(),nn::Linear(1568,10));
   auto x=rnd({64,1,28,28}),y=torch::zeros({64},torch::kLong); auto opt=std::make_shared<torch::optim::SGD>(net->parameters(),0.01);
   rows.push_back({"lenet28 step",[=]()mutable{opt->zero_grad(); torch::nn::functional::cross_entropy(net->forward(x),y).backward(); opt->step();},1}); auto x1=rnd({1,1,28,28}); fwd("lenet28 inference",10,[=]()mutable{net->forward(x1);}); }
  {auto c=[](int a,int b){return nn::Conv2d(nn::Conv2dOptions(a,b,3).padding(1));}; nn::Sequential net(c(3,32),nn::ReLU(),c(32,32),nn::ReLU(),nn::MaxPool2d(2),c(32,64),nn::ReLU(),c(64,64),nn::ReLU(),nn::MaxPool2d(2),nn::Flatten(),nn::Linear(4096,10));
   auto x=rnd({32,3,32,32}),y=torch::zeros({32},torch::kLong); auto opt=std::make_shared<torch::optim::Adam>(net->parameters());
   rows.push_back({"CIFAR step",[=]()mutable{opt->zero_grad(); torch::nn::functional::cross_entropy(net->forward(x),y).backward(); opt->step();},1});}
  for(auto&r:rows){ if(!only.empty()&&r.n.find(only)==std::string::npos) continue; r.f(); double s=now(); for(int i=0;i<r.reps;++i) r.f(); printf("%s\t%.1f\n",r.n.c_str(),(now()-s)/r.reps); fflush(stdout);} }
